using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-01")]
public sealed class StreamingTests
{
    [Fact]
    public async Task DuplexAsync_EchoHandler_RoundTripsFramesAndEndsOK()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Echo").Within("the call to open");
        for (int i = 0; i < 10; i++)
        {
            await call.WriteAsync(Frames.Message($"message {i}")).Within("the write");
            Assert.True(await call.Reader.ReadAsync().Within("the echo"));
            Assert.Equal($"message {i}", call.Reader.Text());
        }

        Assert.Null(call.Status);
        await call.CompleteAsync();
        Assert.False(await call.Reader.ReadAsync().Within("the end"));
        Assert.Equal(GrpcStatus.OK, call.Status);
    }

    /// <summary>Around the sizes up to which a message is copied behind its prefix, at the server and at the client.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(16 * 1024 - 5)]
    [InlineData(16 * 1024 - 4)]
    [InlineData(100_000)]
    public async Task WriteAsync_MessagesOfThisSize_ArriveBothWays(int bytes)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Back", async stream =>
        {
            await stream.StartAsync();
            while (await stream.Reader.ReadAsync())
            {
                await stream.WriteAsync(System.Buffers.BuffersExtensions.ToArray(stream.Reader.Message));
            }
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Back").Within("the call to open");
        for (int round = 0; round < 3; round++)
        {
            var message = new byte[bytes];
            new Random(round).NextBytes(message);
            await call.WriteAsync(message).Within("the write");

            Assert.True(await call.Reader.ReadAsync().Within("the echo"));
            Assert.Equal(message, System.Buffers.BuffersExtensions.ToArray(call.Reader.Message));
        }
    }

    [Fact]
    public async Task DuplexAsync_SeveralFramesInOneWrite_ArriveOneByOne()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        using var http = new RawHttp2(loopback.Server.Addresses[0]);
        byte[] frames = Enumerable.Range(0, 100).SelectMany(i => Frames.Frame($"{i}")).ToArray();

        using HttpResponseMessage response = await http.PostAsync("/t.S/Echo", frames).Within("the answer");

        Assert.Equal(frames, await response.Content.ReadAsByteArrayAsync().Within("the echoes"));
    }

    [Fact]
    public async Task DuplexAsync_NothingSent_EndsOK()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Echo").Within("the call to open");
        await call.CompleteAsync();

        Assert.False(await call.Reader.ReadAsync().Within("the end"));
        Assert.Equal(GrpcStatus.OK, call.Status);
    }

    [Fact]
    public async Task Duplex_ClientWaitsForHeadersAndServerForMessages_NeitherBlocksTheOther()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddDuplex("/t.S/Typed", StringValue.Parser, Echo));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Typed").Within("the call to open");

        await call.GetResponseHeadersAsync().Within("the headers before anything was written");
        await call.WriteMessageAsync(new StringValue { Value = "x" }).Within("the write");
        Assert.Equal("x", (await call.ReadMessageAsync(StringValue.Parser).Within("the echo"))?.Value);

        static async IAsyncEnumerable<StringValue> Echo(IAsyncEnumerable<StringValue> requests, GrpcServerStream stream)
        {
            await foreach (StringValue request in requests)
            {
                yield return request;
            }
        }
    }

    [Fact]
    public async Task ClientStreamingAsync_ManyRequests_OneAnswer()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddClientStreaming("/t.S/Sum", Int32Value.Parser, async (IAsyncEnumerable<Int32Value> requests, GrpcServerStream _) =>
        {
            int sum = 0;
            await foreach (Int32Value request in requests)
            {
                sum += request.Value;
            }

            return new Int32Value { Value = sum };
        }));

        Int32Value answer = await loopback.Client.ClientStreamingAsync("/t.S/Sum", Numbers(100), Int32Value.Parser).Within("the answer");

        Assert.Equal(4950, answer.Value);
    }

    [Fact]
    public async Task ClientStreamingAsync_ServerRefusesEarly_ReportsItsStatus()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddClientStreaming<Int32Value, Int32Value>("/t.S/Sum", Int32Value.Parser, (_, _) =>
            throw new GrpcException(GrpcStatusCode.FailedPrecondition, "not now")));

        GrpcException exception = await Frames.FailsAsync(
            () => loopback.Client.ClientStreamingAsync("/t.S/Sum", Numbers(int.MaxValue), Int32Value.Parser).Within("the status"), GrpcStatusCode.FailedPrecondition);

        Assert.Equal("not now", exception.Status.Detail);
    }

    [Fact]
    public async Task ClientStreamingAsync_RequestsFail_TheCallIsResetAndTheirExceptionShows()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddClientStreaming("/t.S/Sum", Int32Value.Parser, async (IAsyncEnumerable<Int32Value> _, GrpcServerStream stream) =>
        {
            stream.CancellationToken.Register(cancelled.SetResult);
            await cancelled.Task;
            return new Int32Value();
        }));

        GrpcException exception = await Frames.FailsAsync(
            () => loopback.Client.ClientStreamingAsync("/t.S/Sum", BrokenAsync(), Int32Value.Parser).Within("the failure"), GrpcStatusCode.DataLoss);

        Assert.Equal("the source is broken", exception.Status.Detail);
        await cancelled.Task.Within("the server to learn of it");

        static async IAsyncEnumerable<IMessage> BrokenAsync()
        {
            yield return new Int32Value();
            await Task.Yield();
            throw new GrpcException(GrpcStatusCode.DataLoss, "the source is broken");
        }
    }

    [Fact]
    public async Task ServerStreamingAsync_OneRequest_ManyAnswers()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddServerStreaming("/t.S/Count", Int32Value.Parser, (Int32Value request, GrpcServerStream _) => Integers(request.Value)));

        var answers = new List<int>();
        await foreach (Int32Value answer in loopback.Client.ServerStreamingAsync("/t.S/Count", new Int32Value { Value = 1000 }, Int32Value.Parser))
        {
            answers.Add(answer.Value);
        }

        Assert.Equal(Enumerable.Range(0, 1000), answers);
    }

    [Fact]
    public async Task ServerStreamingAsync_LeftEarly_CancelsTheServer()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(m => m.AddServerStreaming("/t.S/Count", Empty.Parser, (Empty _, GrpcServerStream stream) =>
        {
            stream.CancellationToken.Register(cancelled.SetResult);
            return Integers(int.MaxValue);
        }));

        await foreach (Int32Value answer in loopback.Client.ServerStreamingAsync("/t.S/Count", new Empty(), Int32Value.Parser))
        {
            if (answer.Value == 3)
            {
                break;
            }
        }

        await cancelled.Task.Within("the server to learn of it");
    }

    [Fact]
    public async Task Duplex_MessagesLargerThanEveryWindow_CrossBothWays()
    {
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Echo", Frames.EchoAsync),
            options =>
            {
                options.MaxReceiveMessageBytes = 8 << 20;
                options.InitialStreamWindowBytes = 65_536;
                options.InitialConnectionWindowBytes = 65_536;
            },
            options =>
            {
                options.MaxReceiveMessageBytes = 8 << 20;
                options.InitialStreamWindowBytes = 65_536;
            });
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Echo").Within("the call to open");
        var message = new byte[6 << 20];
        new Random(2).NextBytes(message);

        Task write = call.WriteAsync(message).AsTask();
        Assert.True(await call.Reader.ReadAsync().Within("the echo"));
        Assert.Equal(message, System.Buffers.BuffersExtensions.ToArray(call.Reader.Message));
        await write.Within("the write");
    }

    [Fact]
    public async Task Duplex_MoreThanTheBodyLimitOfTheWebServer_GoesThrough()
    {
        long bytes = 0;
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Sink", async stream =>
        {
            while (await stream.Reader.ReadAsync())
            {
                bytes += stream.Reader.Message.Length;
            }
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Sink").Within("the call to open");
        var message = new byte[1 << 20];
        for (int i = 0; i < 40; i++)
        {
            await call.WriteAsync(message).Within("the write");
        }

        await call.CompleteAsync();
        Assert.False(await call.Reader.ReadAsync().Within("the end"));
        Assert.Equal(40L << 20, bytes);
    }

    private static async IAsyncEnumerable<IMessage> Numbers(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (Int32Value value in Integers(count, cancellationToken))
        {
            yield return value;
        }
    }

    private static async IAsyncEnumerable<Int32Value> Integers(int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (int i = 0; i < count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
            yield return new Int32Value { Value = i };
        }
    }
}
