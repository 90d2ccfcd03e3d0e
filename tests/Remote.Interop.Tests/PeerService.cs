using Google.Protobuf;
using Remote.Transport;

namespace Remote.Interop.Tests;

/// <summary>The service of peer.proto as we serve it; node/server.js does the same.</summary>
internal static class PeerService
{
    public static GrpcMethods Methods { get; } = new GrpcMethods()
        .AddUnary("/remote.interop.Peer/Nothing", Void.Parser, (Void _, GrpcServerStream _) => Task.FromResult(new Void()))
        .AddUnary("/remote.interop.Peer/Unary", Ask.Parser, UnaryAsync)
        .AddClientStreaming("/remote.interop.Peer/Upload", Ask.Parser, UploadAsync)
        .AddServerStreaming("/remote.interop.Peer/Download", Ask.Parser, (Ask ask, GrpcServerStream _) => AnswersAsync(ask))
        .Add("/remote.interop.Peer/Chat", ChatAsync);

    public static async Task<GrpcServer> StartAsync()
    {
        var options = new GrpcServerOptions { Methods = Methods, MaxReceiveMessageBytes = 16 << 20 }.Listen("127.0.0.1", 0);
        return await GrpcServer.StartAsync(options);
    }

    public static Answer Filled(int size) => new() { Payload = ByteString.CopyFrom(new byte[size]) };

    private static Task<Answer> UnaryAsync(Ask ask, GrpcServerStream stream)
    {
        EchoMetadata(stream);
        ThrowIfAsked(ask);
        return Task.FromResult(ask.Sizes.Count > 0 ? Filled(ask.Sizes[0]) : new Answer { Payload = ask.Payload });
    }

    private static async Task<Sum> UploadAsync(IAsyncEnumerable<Ask> asks, GrpcServerStream stream)
    {
        var sum = new Sum();
        await foreach (Ask ask in asks)
        {
            sum.Bytes += ask.Payload.Length;
        }

        return sum;
    }

    private static async IAsyncEnumerable<Answer> AnswersAsync(Ask ask)
    {
        foreach (int size in ask.Sizes)
        {
            await Task.Yield();
            yield return Filled(size);
        }
    }

    private static async Task ChatAsync(GrpcServerStream stream)
    {
        EchoMetadata(stream);
        await stream.StartAsync();
        await foreach (Ask ask in stream.ReadAllAsync(Ask.Parser))
        {
            ThrowIfAsked(ask);
            foreach (int size in ask.Sizes)
            {
                await stream.WriteMessageAsync(Filled(size));
            }
        }
    }

    private static void EchoMetadata(GrpcServerStream stream)
    {
        foreach (GrpcMetadataEntry entry in stream.RequestHeaders)
        {
            if (entry.Key == "x-echo")
            {
                stream.ResponseHeaders.Add(entry.Key, entry.Text);
            }
            else if (entry.Key == "x-echo-bin")
            {
                stream.Trailers.Add(entry.Key, entry.Bytes.Span);
            }
        }
    }

    private static void ThrowIfAsked(Ask ask)
    {
        if (ask.Code != 0)
        {
            throw new GrpcException((GrpcStatusCode)ask.Code, ask.Message);
        }
    }
}
