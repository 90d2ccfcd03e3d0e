using Google.Protobuf;
using Remote.Transport;

namespace Remote.Interop.Tests;

/// <summary>We call grpc-js.</summary>
[Trait("Needs", "Peers")]
public sealed class GrpcJsServerTests(GrpcJsServer peer) : IClassFixture<GrpcJsServer>
{
    private const string SpecialMessage = "\t\ntest with whitespace\r\nand Unicode BMP \u263A and non-BMP \U0001F608\t\n100%";

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);
    private static readonly int[] Sizes = [31415, 9, 2653, 58979];
    private static readonly int[] Payloads = [27182, 8, 1828, 45904];

    private readonly GrpcClient _client = peer.Client;

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task EmptyUnary() => await _client.UnaryAsync("/remote.interop.Peer/Nothing", new Void(), Void.Parser).WaitAsync(Ceiling);

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task LargeUnary()
    {
        Answer answer = await UnaryAsync(new Ask { Payload = ByteString.CopyFrom(new byte[271_828]), Sizes = { 314_159 } });

        Assert.Equal(314_159, answer.Payload.Length);
    }

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task ClientStreaming()
    {
        Sum sum = await _client.ClientStreamingAsync("/remote.interop.Peer/Upload", AsksAsync(), Sum.Parser).WaitAsync(Ceiling);

        Assert.Equal(Payloads.Sum(), sum.Bytes);
    }

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task ServerStreaming()
    {
        var received = new List<int>();
        using var ceiling = new CancellationTokenSource(Ceiling);
        await foreach (Answer answer in _client.ServerStreamingAsync("/remote.interop.Peer/Download", new Ask { Sizes = { Sizes } }, Answer.Parser, cancellationToken: ceiling.Token))
        {
            received.Add(answer.Payload.Length);
        }

        Assert.Equal(Sizes, received);
    }

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task PingPong()
    {
        await using GrpcDuplexCall call = await ChatAsync();
        for (int i = 0; i < Sizes.Length; i++)
        {
            await call.WriteMessageAsync(new Ask { Payload = ByteString.CopyFrom(new byte[Payloads[i]]), Sizes = { Sizes[i] } }).AsTask().WaitAsync(Ceiling);
            Answer? answer = await call.ReadMessageAsync(Answer.Parser).AsTask().WaitAsync(Ceiling);
            Assert.Equal(Sizes[i], answer?.Payload.Length);
        }

        await call.CompleteAsync();
        Assert.Null(await call.ReadMessageAsync(Answer.Parser).AsTask().WaitAsync(Ceiling));
        Assert.Equal(GrpcStatusCode.OK, call.Status?.Code);
    }

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task EmptyStream()
    {
        await using GrpcDuplexCall call = await ChatAsync();
        await call.CompleteAsync();

        Assert.Null(await call.ReadMessageAsync(Answer.Parser).AsTask().WaitAsync(Ceiling));
        Assert.Equal(GrpcStatusCode.OK, call.Status?.Code);
    }

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task CancelAfterBegin()
    {
        await using GrpcDuplexCall call = await _client.DuplexAsync("/remote.interop.Peer/Upload").AsTask().WaitAsync(Ceiling);
        call.Abort();

        await FailsAsync(call.ReadMessageAsync(Sum.Parser).AsTask(), GrpcStatusCode.Cancelled);
    }

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task CancelAfterFirstResponse()
    {
        await using GrpcDuplexCall call = await ChatAsync();
        await call.WriteMessageAsync(new Ask { Sizes = { 31415 } }).AsTask().WaitAsync(Ceiling);
        Assert.NotNull(await call.ReadMessageAsync(Answer.Parser).AsTask().WaitAsync(Ceiling));
        call.Abort();

        await FailsAsync(call.ReadMessageAsync(Answer.Parser).AsTask(), GrpcStatusCode.Cancelled);
    }

    [Fact]
    [Trait("Behaviour", "T-02")]
    public async Task Deadline()
    {
        await using GrpcDuplexCall call = await _client.DuplexAsync("/remote.interop.Peer/Chat", new GrpcCallOptions { Timeout = TimeSpan.FromMilliseconds(50) }).AsTask().WaitAsync(Ceiling);

        await FailsAsync(call.ReadMessageAsync(Answer.Parser).AsTask(), GrpcStatusCode.DeadlineExceeded);
    }

    [Fact]
    [Trait("Behaviour", "T-01")]
    public async Task CustomMetadata()
    {
        byte[] binary = [0xAB, 0xAB, 0xAB, 0x00, 0xFF];
        var headers = new GrpcMetadata();
        headers.Add("x-echo", "test value");
        headers.Add("x-echo-bin", binary);
        await using GrpcDuplexCall call = await _client.DuplexAsync("/remote.interop.Peer/Chat", new GrpcCallOptions { Headers = headers }).AsTask().WaitAsync(Ceiling);
        await call.CompleteAsync();

        Assert.Equal("test value", (await call.GetResponseHeadersAsync().WaitAsync(Ceiling)).GetText("x-echo"));
        Assert.Null(await call.ReadMessageAsync(Answer.Parser).AsTask().WaitAsync(Ceiling));
        Assert.True(call.Trailers!.TryGetBytes("x-echo-bin", out ReadOnlyMemory<byte> echoed));
        Assert.Equal(binary, echoed.ToArray());
    }

    [Fact]
    [Trait("Behaviour", "T-02")]
    public async Task StatusCodeAndMessage()
    {
        for (int code = 1; code <= 16; code++)
        {
            GrpcException exception = await FailsAsync(UnaryAsync(new Ask { Code = code, Message = $"status {code}" }), (GrpcStatusCode)code);
            Assert.Equal($"status {code}", exception.Status.Detail);
        }

        await using GrpcDuplexCall call = await ChatAsync();
        await call.WriteMessageAsync(new Ask { Code = 10, Message = "in a stream" }).AsTask().WaitAsync(Ceiling);
        GrpcException ended = await FailsAsync(call.ReadMessageAsync(Answer.Parser).AsTask(), GrpcStatusCode.Aborted);
        Assert.Equal("in a stream", ended.Status.Detail);
    }

    [Fact]
    [Trait("Behaviour", "T-02")]
    public async Task SpecialStatusMessage()
    {
        GrpcException exception = await FailsAsync(UnaryAsync(new Ask { Code = 2, Message = SpecialMessage }), GrpcStatusCode.Unknown);

        Assert.Equal(SpecialMessage, exception.Status.Detail);
    }

    [Theory]
    [InlineData("/remote.interop.Peer/Missing")]
    [InlineData("/remote.interop.Absent/Missing")]
    [Trait("Behaviour", "T-01")]
    public async Task Unimplemented(string method) =>
        await FailsAsync(_client.UnaryAsync(method, new Void(), Void.Parser), GrpcStatusCode.Unimplemented);

    private static async Task<GrpcException> FailsAsync(Task call, GrpcStatusCode code)
    {
        GrpcException exception = await Assert.ThrowsAsync<GrpcException>(() => call.WaitAsync(Ceiling));
        Assert.Equal(code, exception.Status.Code);
        return exception;
    }

    private static async IAsyncEnumerable<IMessage> AsksAsync()
    {
        foreach (int size in Payloads)
        {
            await Task.Yield();
            yield return new Ask { Payload = ByteString.CopyFrom(new byte[size]) };
        }
    }

    private Task<Answer> UnaryAsync(Ask ask) => _client.UnaryAsync("/remote.interop.Peer/Unary", ask, Answer.Parser).WaitAsync(Ceiling);

    private async Task<GrpcDuplexCall> ChatAsync() => await _client.DuplexAsync("/remote.interop.Peer/Chat").AsTask().WaitAsync(Ceiling);
}
