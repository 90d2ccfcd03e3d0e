using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;

namespace Remote.Benchmarks;

/// <summary>Batches of a thousand messages through the codec alone: no transport, no mailbox.</summary>
internal sealed class CodecLoad : IDisposable
{
    internal const int BatchSize = 1000;
    private const string Own = "127.0.0.1:41000";
    private const string Peer = "127.0.0.1:42000";

    private static readonly SerializerRegistry Registry = MakeRegistry(WrappersReflection.Descriptor, EmptyReflection.Descriptor);
    private static readonly OutboundTranslation Outbound = OutboundTranslation.FromServer(Own, Peer, pidTargets: false);

    private readonly RemoteDelivery[] _deliveries;
    private readonly BatchEncoder _encoder;
    private readonly BatchDecoder _decoder;
    private readonly CountingSink _sink = new();
    private readonly byte[] _message;

    /// <param name="payload">Bytes of each message; 0 for messages without fields.</param>
    /// <param name="targets">How many actors they go to, one after the other.</param>
    /// <param name="requests">Whether each carries a sender with a request id of its own.</param>
    /// <param name="batchSize">Messages in a batch.</param>
    internal CodecLoad(int payload, int targets, bool requests, int batchSize = BatchSize)
    {
        IMessage message = payload == 0
            ? new Empty()
            : new BytesValue { Value = ByteString.CopyFrom(new byte[payload]) };
        var pids = Enumerable.Range(0, targets).Select(number => new PID(Peer, $"target/{number}")).ToArray();
        var future = new PID(Own, "$future-0123abcd");
        _deliveries = [.. Enumerable.Range(0, batchSize).Select(number => new RemoteDelivery(
            pids[number % targets], message, requests ? future.WithRequestId((uint)number + 1) : null))];
        _encoder = new BatchEncoder(Registry, new EncodeLimits(batchSize, 4 << 20));
        _decoder = new BatchDecoder(Registry, new InboundTranslation(Own, Peer, isClient: false, address => address == Peer));
        var batch = Fill();
        _message = batch.Memory.ToArray();
        batch.Release();
    }

    internal int Messages => _deliveries.Length;

    /// <summary>A registry that knows the messages of these files.</summary>
    internal static SerializerRegistry MakeRegistry(params FileDescriptor[] files)
    {
        var serialization = new Proto.Remote.Serialization();
        foreach (var file in files)
        {
            serialization.RegisterFileDescriptor(file);
        }

        return new SerializerRegistry(serialization, new ActorSystem(), new RemoteOptions());
    }

    internal long Encode()
    {
        Fill().Release();
        return _deliveries.Length;
    }

    internal long Decode() => _decoder.Decode(_message, _sink).Count;

    public void Dispose() => _encoder.Dispose();

    private Batch Fill()
    {
        _encoder.Begin(Outbound);
        foreach (ref readonly var delivery in _deliveries.AsSpan())
        {
            if (_encoder.TryAdd(delivery).Status != EncodeStatus.Added)
            {
                throw new InvalidOperationException("The batch was to hold all messages.");
            }
        }

        return _encoder.Finish();
    }

    private sealed class CountingSink : IInboundSink
    {
        private long _count;

        public bool Accept(in BatchInfo batch) => true;

        public void Deliver(PID target, object message, PID? sender, MessageHeader? headers, int size) => _count++;

        public void DeliverSystem(PID target, SystemMessage message) => _count++;

        public void Refuse(in RefusedEnvelope envelope) => throw new InvalidOperationException(envelope.Detail);
    }
}
