using System.Buffers;
using Grpc.Core;
using Proto;
using Proto.Mailbox;

namespace Remote.Tests.Fuzz;

/// <summary>
/// Gives a frame to one of those that may meet it without a network: the decoder alone, the reader of a stream with all that lies behind it, and the
/// judges of both handshakes. Whatever one of them throws that is no refusal gets out of here.
/// </summary>
internal sealed class FrameTrial(FuzzNode node, FuzzReport report) : IInboundSink
{
    // Streams end by themselves at bad frames; one that lives is replaced after this many, as connections are.
    private const int FramesPerStream = 200;

    private readonly SerializerRegistry _registry = node.Remote.Parts.Context.Serializers;
    private readonly OneFrame _frame = new();
    private BatchDecoder? _decoder;
    private PayloadReader? _reader;
    private int _framesOfStream;

    public async Task TryAsync(byte[] bytes)
    {
        report.Count(bytes);
        if (bytes is [0x12 or 0x1A, ..])
        {
            Judge(bytes);
        }
        else if (LinkFrames.TryReadAck(bytes, out var acknowledged))
        {
            // What is read by hand is what protobuf reads.
            Assert.Equal(LinkFrames.Read(RemoteFrame.Parse(bytes).Acknowledgement), acknowledged);
        }
        else if (long.IsEvenInteger(report.Frames))
        {
            Decode(bytes);
        }

        if (long.IsOddInteger(report.Frames))
        {
            await ReadAsync(bytes);
        }
    }

    public bool Accept(in BatchInfo batch) => true;

    public void Deliver(PID target, object message, PID? sender, MessageHeader? headers, int size) => report.Delivered++;

    public void DeliverSystem(PID target, SystemMessage message) => report.Delivered++;

    public void Refuse(in RefusedEnvelope envelope) =>
        report.Count(envelope.Fault.ToString(), envelope.Error is null ? envelope.Detail : $"{envelope.Detail} ({envelope.Error.GetType().Name})");

    private void Decode(byte[] bytes)
    {
        _decoder ??= new BatchDecoder(
            _registry, new InboundTranslation(FuzzNode.Peer, FuzzNode.Address, isClient: false, address => address == FuzzNode.Address));
        try
        {
            if (RemoteFrame.IsBatch(bytes, out _))
            {
                _decoder.Decode(bytes, this);
            }
        }
        catch (MalformedFrameException refusal)
        {
            report.Count("Frame", refusal.Message);
        }
    }

    /// <summary>As the read loop of a stream does it, with credit, tallies, the router and the mailboxes behind it.</summary>
    private async Task ReadAsync(byte[] bytes)
    {
        _reader ??= NewReader();
        var frames = _frame.Put(bytes);
        try
        {
            await _reader.ReadAsync(frames, CancellationToken.None);
        }
        catch (Exception refusal) when (refusal is MalformedFrameException or CreditExceededException or RpcException)
        {
            report.Count("Stream", refusal.Message);
            _framesOfStream = FramesPerStream;
        }
        finally
        {
            _ = frames.End();
        }

        if (++_framesOfStream >= FramesPerStream)
        {
            _reader.End();
            (_reader, _framesOfStream) = (null, 0);
            node.EnsureActors();
        }
    }

    private PayloadReader NewReader()
    {
        var sessions = node.Remote.Parts.Sessions;
        var peer = new PeerIdentity("0123456789abcdef0123456789abcdef", FuzzNode.Peer, IsClient: false);
        return sessions.ReaderOf(sessions.PeerOf(peer, endpoint: null), inflow: null);
    }

    private void Judge(byte[] bytes)
    {
        try
        {
            var message = RemoteFrame.ParseHandshake(bytes);
            if (message.ConnectResponse is not null)
            {
                Handshake.ReadAnswer(Handshake.ReadResponse(message, FuzzNode.Peer), FuzzNode.Peer, CapabilityNames.All);
            }
            else
            {
                Handshake.ReadRequest(message, CapabilityNames.All);
            }
        }
        catch (Exception refusal) when (refusal is MalformedFrameException or RpcException or RemoteException)
        {
            report.Count("Handshake", refusal is RpcException rpc ? $"{rpc.StatusCode} {rpc.Status.Detail}" : refusal.Message);
        }
    }

    /// <summary>Brings one frame after the other to a reader, each as the whole of a stream.</summary>
    private sealed class OneFrame : IAsyncStreamReader<Frame>, IReceivedBytes
    {
        private byte[]? _next;

        public Frame Current { get; private set; } = null!;

        public long BytesReceived { get; private set; }

        public FrameReader Put(byte[] bytes)
        {
            _next = bytes;
            return new FrameReader(this, this, exception => CallFailure.Of(StatusCode.Unknown, exception.Message, exception));
        }

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (Interlocked.Exchange(ref _next, null) is not { } bytes)
            {
                return Task.FromResult(false);
            }

            BytesReceived += bytes.Length;
            Current = Frame.Copy(new ArrayContext(bytes));
            return Task.FromResult(true);
        }
    }

    private sealed class ArrayContext(byte[] bytes) : DeserializationContext
    {
        public override int PayloadLength => bytes.Length;

        public override byte[] PayloadAsNewBuffer() => bytes.ToArray();

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(bytes);
    }
}
