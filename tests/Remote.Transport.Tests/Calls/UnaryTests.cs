using System.Buffers;
using Google.Protobuf.WellKnownTypes;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-01")]
public sealed class UnaryTests
{
    [Fact]
    public async Task UnaryAsync_ProtobufMessages_Answers()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddUnary("/t.S/Hello", StringValue.Parser, (StringValue request, GrpcServerStream _) =>
            Task.FromResult(new StringValue { Value = "hello " + request.Value })));

        StringValue response = await loopback.Client.UnaryAsync("/t.S/Hello", new StringValue { Value = "world" }, StringValue.Parser).Within("the answer");

        Assert.Equal("hello world", response.Value);
    }

    [Fact]
    public async Task UnaryAsync_EmptyMessages_Answers()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddUnary("/t.S/Empty", Empty.Parser, (Empty _, GrpcServerStream _) => Task.FromResult(new Empty())));

        Assert.Equal(new Empty(), await loopback.Client.UnaryAsync("/t.S/Empty", new Empty(), Empty.Parser).Within("the answer"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(271_828, 314_159)]
    [InlineData(4 * 1024 * 1024, 4 * 1024 * 1024)]
    public async Task UnaryAsync_RawBytes_CrossBothWays(int requestBytes, int responseBytes)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddUnary("/t.S/Bytes", (request, response, _) =>
        {
            Assert.Equal(requestBytes, request.Length);
            Assert.True(request.IsEmpty || request.FirstSpan[0] == 7);
            response.Write(Filled(responseBytes, 9));
            return Task.CompletedTask;
        }));

        byte[] answer = await loopback.Client.UnaryBytesAsync("/t.S/Bytes", Filled(requestBytes, 7)).Within("the answer");

        Assert.Equal(Filled(responseBytes, 9), answer);
    }

    [Fact]
    public async Task UnaryAsync_ManyAtOnce_AllAnswerOverOneConnection()
    {
        int connections = 0;
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.AddUnary("/t.S/Echo", Int32Value.Parser, (Int32Value request, GrpcServerStream _) => Task.FromResult(request)),
            options => options.ConnectionMiddleware = next => connection =>
            {
                Interlocked.Increment(ref connections);
                return next(connection);
            });

        Int32Value[] answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i =>
            loopback.Client.UnaryAsync("/t.S/Echo", new Int32Value { Value = i }, Int32Value.Parser))).Within("500 answers");

        Assert.Equal(Enumerable.Range(0, 500), answers.Select(a => a.Value));
        Assert.Equal(1, connections);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Unary_WrongNumberOfRequests_IsUnimplemented(int count)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddUnary("/t.S/One", Empty.Parser, (Empty _, GrpcServerStream _) => Task.FromResult(new Empty())));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/One").Within("the call to open");
        for (int i = 0; i < count; i++)
        {
            await call.WriteMessageAsync(new Empty()).Within("the request");
        }

        await call.CompleteAsync();

        await Frames.FailsAsync(() => call.Reader.ReadAsync().Within("the status"), GrpcStatusCode.Unimplemented);
    }

    [Fact]
    public async Task Unary_BytesThatAreNoSuchMessage_IsInternal()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddUnary("/t.S/One", StringValue.Parser, (StringValue s, GrpcServerStream _) => Task.FromResult(s)));

        await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/One", [0x0A, 0xFF]).Within("the status"), GrpcStatusCode.Internal);
    }

    private static byte[] Filled(int count, byte value)
    {
        var bytes = new byte[count];
        Array.Fill(bytes, value);
        return bytes;
    }
}
