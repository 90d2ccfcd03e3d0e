using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>Lanes without an endpoint around them.</summary>
internal static class MailboxKit
{
    internal static EndpointWriterMailbox Mailbox(
        EndpointOptions options, int controlCapacity = 10, Action<LevelChange>? levelChanged = null, LinkOptions? link = null, EndpointRecord? record = null) =>
        new(
            options,
            controlCapacity,
            new BackpressureOptions(),
            new LinkOutflow(new BatchPool(), link ?? new LinkOptions()),
            record ?? new EndpointRecord("peer:1"),
            levelChanged);

    /// <summary>Lanes whose stream carries a link with plenty of credit. The caller holds the role.</summary>
    internal static EndpointWriterMailbox Linked(EndpointOptions options, Action<LevelChange>? levelChanged = null) =>
        Mailbox(options, levelChanged: levelChanged).Linked(new LinkCredit(1000, 1_000_000));

    internal static EndpointWriterMailbox Linked(this EndpointWriterMailbox mailbox, LinkCredit credit, LinkCredit? priority = null)
    {
        mailbox.TryClaim();
        mailbox.NextAttempt(LinkLimits.None);
        mailbox.BeginLink(new LinkAnswer(LinkStatus.New, 1, credit, LinkLimits.None, null) { Priority = priority }, "peer");
        return mailbox;
    }

    internal static RemoteDelivery Delivery(string target, int number) => new(new PID("peer:1", target), new Int32Value { Value = number });
}

/// <summary>The holder of the writer role, who encodes and writes nothing.</summary>
internal sealed class LaneTaker
{
    private readonly EndpointWriterMailbox _mailbox;
    private readonly WriterHold _hold;

    /// <summary>Begins a stream, and holds the role.</summary>
    internal LaneTaker(EndpointWriterMailbox mailbox, int batchSize = 100)
    {
        _mailbox = mailbox;
        mailbox.TryClaim();
        _hold = mailbox.BeginStream(batchSize);
    }

    /// <summary>What was taken last and left, because no more was asked for.</summary>
    internal int Left => _hold.User.Items.Length;

    /// <summary>The encoder found that the next message needs so much.</summary>
    internal int CreditNeeded { set => _hold.User.CreditNeeded = value; }

    internal object[] Control { get; private set; } = [];

    internal RemoteDelivery[] User { get; private set; } = [];

    internal List<RemoteDelivery> Refused { get; private set; } = [];

    /// <summary>Settles what was taken before, as written or retained, and takes again.</summary>
    internal TakeState Take(int settled = 0, int most = int.MaxValue)
    {
        _mailbox.TryClaim();
        if (settled > 0)
        {
            _mailbox.Publish(null, new WriterOutcome { Written = settled });
        }

        var state = _mailbox.Take();
        Control = [.. _hold.Control.Items.ToArray().Select(delivery => delivery.Message)];
        _hold.Control.Drop(Control.Length);
        User = state == TakeState.Taken ? _hold.User.Items[..Math.Min(most, Left)].ToArray() : [];
        _hold.User.Drop(User.Length);
        (Refused, _hold.Refused) = (_hold.Refused, []);
        return state;
    }

    internal int[] TakeNumbers(int settled = 0, int most = int.MaxValue)
    {
        Take(settled, most);
        return [.. User.Select(NumberOf)];
    }

    internal static int NumberOf(RemoteDelivery delivery) => delivery.Message is Int32Value number ? number.Value : (int)delivery.Message;
}
