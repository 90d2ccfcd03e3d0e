using System.Buffers;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;
using Remote.Tests.Messages;
using Remote.Tests.Messaging;

namespace Remote.Tests.Links;

/// <summary>One sending side with an encoder, as an endpoint has it.</summary>
internal sealed class LinkKit : IDisposable
{
    internal const string Peer = "peer";
    internal static readonly LinkLimits Limits = new(4 * 1024 * 1024, 65_536, 196_608);
    internal static readonly LinkTableLimits TableLimits = new(TimeSpan.FromSeconds(60));

    // Memory of its own: in a shared pool the tests beside it would take what it has given back, and what it allocates could not be measured.
    private readonly BatchEncoder _encoder = Codec.Encoder(pool: new BatchPool(ArrayPool<byte>.Create()));

    internal LinkKit(LinkOptions? options = null, int controlReserve = 64) =>
        Sender = new LinkOutflow(new BatchPool(), options ?? new LinkOptions(), controlReserve);

    internal LinkOutflow Sender { get; }

    internal static RemoteDelivery Tell(int number, string target = "a") => new(new PID(ModelEncoder.Peer, target), new Int32Value { Value = number });

    internal static RemoteDelivery Urgent(int number, string target = "a") => new(new PID(ModelEncoder.Peer, target), new Urgent { Number = number });

    internal static RemoteDelivery Control(string target = "a") => new(new PID(ModelEncoder.Peer, target), new Watch(new PID("here:1", "w")));

    internal static LinkAnswer Answer(LinkStatus status, ulong next, long messages = 1000, long bytes = 1_000_000) =>
        new(status, next, new LinkCredit(messages, bytes), Limits, null);

    internal static LinkAck Ack(ulong accepted, long messages = 1000, long bytes = 1_000_000) => new(accepted, new LinkCredit(messages, bytes));

    /// <summary>The first stream of the link.</summary>
    internal LinkKit Connected(long messages = 1000, LinkCredit? priority = null)
    {
        Sender.NextAttempt(Limits);
        Assert.Equal(LinkBegin.Begun, Sender.BeginStream(Answer(LinkStatus.New, 1, messages) with { Priority = priority }, Peer).Begin);
        return this;
    }

    internal void Retain(params RemoteDelivery[] deliveries) => Retain(isPriority: false, deliveries);

    internal void Retain(bool isPriority, params RemoteDelivery[] deliveries)
    {
        var batch = _encoder.Rent();
        _encoder.Begin(Codec.ToPeer);
        foreach (ref readonly var delivery in deliveries.AsSpan())
        {
            var result = _encoder.TryAdd(delivery);
            if (delivery.Message is SystemMessage)
            {
                batch.AddControl(delivery);
            }
            else
            {
                batch.AddUser(new ReadOnlySpan<RemoteDelivery>(in delivery), result.Size);
            }
        }

        Sender.Retain(_encoder.Finish(Sender.NextSequence, batch, isPriority));
    }

    /// <summary>The peer acknowledges up to this batch, which is possible; answers how many user messages that settled.</summary>
    internal int Acknowledge(ulong accepted)
    {
        var before = Sender.Ledger.Acknowledged;
        Assert.True(Sender.Acknowledge(Ack(accepted)));
        return (int)(Sender.Ledger.Acknowledged - before);
    }

    /// <summary>Retains and writes so many batches of one message each.</summary>
    internal void Send(int count)
    {
        for (var index = 0; index < count; index++)
        {
            Retain(Tell((int)Sender.NextSequence));
        }

        WriteAll();
    }

    internal List<ulong> WriteAll()
    {
        List<ulong> written = [];
        while (Sender.TryNextUnwritten(out var batch))
        {
            written.Add(batch.Sequence);
            Sender.Written();
        }

        return written;
    }

    /// <summary>Ends the stream and begins another, on which the peer expects this batch next.</summary>
    internal LinkBeginning Redial(ulong next, bool byVerdict = false, LinkCredit? priority = null)
    {
        Sender.StreamEnded(byVerdict);
        Sender.NextAttempt(Limits);
        return Sender.BeginStream(Answer(LinkStatus.Resumed, next) with { Priority = priority }, Peer);
    }

    public void Dispose() => _encoder.Dispose();
}
