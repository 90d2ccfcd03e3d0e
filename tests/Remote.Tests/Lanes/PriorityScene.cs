using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Tests.Links;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The lanes of one endpoint and the holder of their role, step by step on the thread of the test. What is written is read with the generated classes.</summary>
internal sealed class PriorityScene : IAsyncDisposable
{
    private static readonly OutboundTranslation Translation = OutboundTranslation.FromServer("me:1", "peer:1", pidTargets: false);
    private readonly ActorSystem _system = new();
    private readonly LinkCredit? _priority;
    private WriterHold _hold = null!;
    private BatchFiller _filler = null!;

    // Only who was given the role may write: a wake that is lost shows as something that is not written.
    private bool _hasRole;

    /// <param name="options">Of the lanes.</param>
    /// <param name="credit">User credit; null without a link.</param>
    /// <param name="priority">Priority credit; null when the peer has none.</param>
    /// <param name="link">How much is retained.</param>
    internal PriorityScene(EndpointOptions? options = null, LinkCredit? credit = null, LinkCredit? priority = null, LinkOptions? link = null)
    {
        Mailbox = MailboxKit.Mailbox(options ?? new EndpointOptions(), link: link);
        _priority = priority;
        Mailbox.TryClaim();
        if (credit is { } granted)
        {
            Mailbox.Linked(granted, priority);
        }

        Begin();
    }

    internal EndpointWriterMailbox Mailbox { get; }

    /// <summary>Batches as text: the number, "!" for a priority batch, and what is in it.</summary>
    internal List<string> Written { get; } = [];

    internal EndpointStatistics Statistics => Mailbox.Snapshot(EndpointState.Connected);

    internal static RemoteDelivery Tell(int number, string target = "a") => new(new PID("peer:1", target), new Int32Value { Value = number });

    internal static RemoteDelivery Urgent(int number, string target = "a", int bytes = 0) =>
        new(new PID("peer:1", target), new Urgent { Number = number, Data = ByteString.CopyFrom(new byte[bytes]) });

    /// <summary>The bytes that both ends count.</summary>
    internal static int SizeOf(RemoteDelivery delivery)
    {
        using var encoder = Codec.Encoder();
        encoder.Begin(Translation);
        return encoder.TryAdd(delivery).Size;
    }

    /// <summary>Posts as an endpoint does; all are accepted.</summary>
    internal PriorityScene Post(params RemoteDelivery[] deliveries)
    {
        foreach (var delivery in deliveries)
        {
            var result = Mailbox.Post(delivery, out var refusal, out _, delivery.IsPriority);
            Assert.True(result is PostResult.Accepted or PostResult.AcceptedTakeRole, $"{delivery.Message} is refused: {refusal.Name}");
            _hasRole |= result == PostResult.AcceptedTakeRole;
        }

        return this;
    }

    internal PriorityScene PostControl()
    {
        _hasRole |= Mailbox.PostControl(LinkKit.Control(), out _) == PostResult.AcceptedTakeRole;
        return this;
    }

    /// <summary>As <c>SendAsync</c>: the place of the message when there is no room for it.</summary>
    internal LaneWaiter? PostOrWait(RemoteDelivery delivery)
    {
        _hasRole |= Mailbox.PostOrWait(delivery, out _, out var waiter, delivery.IsPriority) == PostResult.AcceptedTakeRole;
        return waiter;
    }

    internal void PauseTarget(string target, bool isPaused) => _hasRole |= Mailbox.PauseTarget(target, isPaused);

    /// <summary>Writes all that may be written, and answers what that was.</summary>
    internal string[] Write()
    {
        var before = Written.Count;
        for (var turn = 0; _hasRole && (_hasRole = Mailbox.Take() == TakeState.Taken); turn++)
        {
            Assert.True(turn < 10_000, "The lanes say that there is something to write, and nothing is written.");
            if (_hold.Again is { } again)
            {
                _hold.Again = null;
                Record(again.Memory);
            }
            else if (_filler.TryFill(Translation, out var frame))
            {
                Record(frame);
                _filler.Release();
            }
        }

        CheckLedger();
        return [.. Written[before..]];
    }

    internal void Acknowledge(ulong accepted, LinkCredit credit, LinkCredit priority = default)
    {
        Assert.True(Mailbox.Acknowledge(new LinkAck(accepted, credit) { Priority = priority }, out var takeRole));
        _hasRole |= takeRole;
    }

    /// <summary>Loses the stream and goes on with the batch of this number.</summary>
    internal void Redial(ulong next, LinkCredit credit)
    {
        Mailbox.TryClaim();
        _filler.Dispose();
        Mailbox.EndStream(byVerdict: false);
        Mailbox.NextAttempt(LinkLimits.None);
        Mailbox.BeginLink(new LinkAnswer(LinkStatus.Resumed, next, credit, LinkLimits.None) { Priority = _priority }, "peer");
        Begin();
    }

    internal void CheckLedger()
    {
        var now = Statistics;
        var dead = now.DeadLetters.Values.Sum();
        Assert.Equal(now.Accepted, now.Acknowledged + now.Written + dead + now.Moved + now.QueueLength + now.Retained);
        Assert.Equal(now.Offered, now.Accepted + now.Refused.Values.Sum());
    }

    public ValueTask DisposeAsync()
    {
        _filler.Dispose();
        return _system.DisposeAsync();
    }

    private void Begin()
    {
        _hasRole = true;
        _hold = Mailbox.BeginStream(batchSize: 100);
        var unsent = new UnsentMessages(NodeKit.PartsOf(_system).Context, "peer:1");
        _filler = new BatchFiller(Mailbox, _hold, Codec.Encoder(new EncodeLimits(BatchSize: 100)), unsent);
    }

    private void Record(ReadOnlyMemory<byte> frame)
    {
        var batch = Wire.RemoteMessage.Parser.ParseFrom(frame.Span).MessageBatch;
        var messages = batch.Envelopes.Select(envelope => (batch.TypeNames[envelope.TypeId] switch
        {
            "remote.tests.Urgent" => $"u{Messages.Urgent.Parser.ParseFrom(envelope.MessageData).Number}",
            "google.protobuf.Int32Value" => $"{Int32Value.Parser.ParseFrom(envelope.MessageData).Value}",
            var other => other,
        }) + (batch.Targets[envelope.Target].ToStringUtf8() is not "a" and var target ? "@" + target : ""));
        Written.Add(string.Create(CultureInfo.InvariantCulture, $"{batch.Sequence}{(batch.Priority ? "!" : "")}: {string.Join(' ', messages)}"));
    }
}
