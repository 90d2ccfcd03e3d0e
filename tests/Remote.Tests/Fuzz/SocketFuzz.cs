using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote.Tests.Fuzz;

/// <summary>A peer that dials over a socket, says anything, and dials again when it is thrown out. It has one link, which it takes up each time.</summary>
internal sealed class SocketFuzz(string address, FuzzSource source, IReadOnlyList<byte[]> corpus, FuzzReport report)
{
    private const int FramesPerStream = 100;

    private static readonly Marshaller<byte[]> AsItIs = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);
    private static readonly Method<byte[], byte[]> Receive = new(MethodType.DuplexStreaming, "remote.Remoting", "Receive", AsItIs, AsItIs);

    private readonly FrameGenerator _generator = new(source);
    private readonly FrameMutator _mutator = new(source, corpus);
    private LinkId _link = LinkId.Create();
    private ulong _attempt;
    private bool _established;

    /// <summary>The frame that was written last, for whom it may concern.</summary>
    public byte[] Last { get; private set; } = [];

    public async Task RunAsync(int frames)
    {
        using var channel = PlayedCalls.PlainChannel(address);
        var invoker = channel.CreateCallInvoker();
        for (var sent = 0; sent < frames;)
        {
            sent += await StreamAsync(invoker, Math.Min(FramesPerStream, frames - sent));
        }
    }

    private async Task<int> StreamAsync(CallInvoker invoker, int frames)
    {
        using var call = invoker.AsyncDuplexStreamingCall(Receive, host: null, new CallOptions());
        var written = 0;
        Task? reading = null;
        try
        {
            await WriteAsync(call, source.Once(4) ? _generator.Handshake() : Request());
            written++;
            var sequence = await call.ResponseStream.MoveNext().Within("the answer to a handshake") ? Expected(call.ResponseStream.Current) : 0;
            reading = ReadToEndAsync(call);
            for (; written < frames && !reading.IsCompleted; written++)
            {
                var frame = source.Below(10) < 7 ? _generator.Payload(sequence) : _mutator.Mutated();
                sequence += sequence > 0 && frame is [0x0A, ..] ? 1UL : 0;
                await WriteAsync(call, frame);
            }

            await call.RequestStream.CompleteAsync().Within("a half-close");
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException or IOException)
        {
            // The node has ended the stream; its status says why.
        }

        await (reading ?? ReadToEndAsync(call)).Within("the end of a stream");
        report.Count("Status", $"{call.GetStatus().StatusCode}");
        return Math.Max(1, written);
    }

    private async Task WriteAsync(AsyncDuplexStreamingCall<byte[], byte[]> call, byte[] frame)
    {
        Last = frame;
        report.Count(frame);
        await call.RequestStream.WriteAsync(frame).Within("a write");
    }

    /// <summary>A good handshake: of the link, or as a peer that has none.</summary>
    private byte[] Request()
    {
        if (source.Once(4))
        {
            return Handshake.Request("0123456789abcdef0123456789abcdef", "plain:1", []);
        }

        var offer = new LinkOffer(_link, ++_attempt, _established, null, LinkLimits.None);
        return Handshake.Request("fedcba9876543210fedcba9876543210", FuzzNode.Peer, CapabilityNames.All, offer);
    }

    /// <summary>The number that the node expects next on the link; 0 when there is none.</summary>
    private ulong Expected(byte[] bytes)
    {
        if (Wire.RemoteMessage.Parser.ParseFrom(bytes).ConnectResponse is not { NextExpected: > 0 } answer)
        {
            (_link, _attempt, _established) = (LinkId.Create(), 0, false);
            return 0;
        }

        _established = true;
        return answer.NextExpected;
    }

    private static async Task ReadToEndAsync(AsyncDuplexStreamingCall<byte[], byte[]> call)
    {
        try
        {
            while (await call.ResponseStream.MoveNext())
            {
                // Acknowledgements and answers.
            }
        }
        catch (RpcException)
        {
            // Said by the status.
        }
    }
}
