using System.Net.Sockets;
using Remote.Testing;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-02")]
public sealed class AbortTests
{
    [Fact]
    public async Task ClientAborts_BothReadersFailAsCancelled()
    {
        var server = new Observed();
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Wait", server.ReadAsync));
        GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Wait").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");
        Task<bool> read = call.Reader.ReadAsync().AsTask();

        call.Abort();

        await Frames.FailsAsync(() => read.Within("the client's reader"), GrpcStatusCode.Cancelled);
        Assert.Equal(GrpcStatusCode.Cancelled, (await server.Failure.Task.Within("the server's reader")).Status.Code);
        await server.Cancelled.Task.Within("the server's token");
        call.Abort();
        Assert.Equal(GrpcStatusCode.Cancelled, call.Status?.Code);
        await Frames.FailsAsync(() => call.WriteAsync(Frames.Message("x")).Within("the write"), GrpcStatusCode.Cancelled);
        await Frames.FailsAsync(() => call.Reader.ReadAsync().Within("another read"), GrpcStatusCode.Cancelled);
    }

    [Fact]
    public async Task ServerAborts_BothReadersFailAsCancelled()
    {
        var server = new Observed();
        GrpcServerStream? stream = null;
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Wait", s => server.ReadAsync(stream = s)));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Wait").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");
        Task<bool> read = call.Reader.ReadAsync().AsTask();

        stream!.Abort();
        stream.Abort();

        await Frames.FailsAsync(() => read.Within("the client's reader"), GrpcStatusCode.Cancelled);
        Assert.Equal(GrpcStatusCode.Cancelled, (await server.Failure.Task.Within("the server's reader")).Status.Code);
        Assert.Equal(GrpcStatusCode.Cancelled, stream.Status?.Code);
        await Frames.FailsAsync(() => call.WriteAsync(Frames.Message("x")).Within("the write"), GrpcStatusCode.Cancelled);

        // The connection is not affected: the next call goes over it.
        await using GrpcDuplexCall next = await loopback.Client.DuplexAsync("/t.S/Wait").Within("the next call");
        await next.GetResponseHeadersAsync().Within("its headers");
    }

    [Fact]
    public async Task ServerAborts_AfterItsHandlerCompleted_HasNoEffectOnLaterCalls()
    {
        var streams = new List<GrpcServerStream>();
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", async stream =>
        {
            lock (streams)
            {
                streams.Add(stream);
            }

            await Frames.EchoAsync(stream);
        }));
        for (int i = 0; i < 50; i++)
        {
            byte[] expected = [(byte)i];
            Assert.Equal(expected, await loopback.Client.UnaryBytesAsync("/t.S/Echo", expected).Within("the answer"));
            foreach (GrpcServerStream ended in streams)
            {
                ended.Abort();
            }
        }
    }

    [Fact]
    public async Task AbortWhileTheWriterWaitsForTheWindow_EndsTheWrite()
    {
        var server = new Observed();
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Full", async stream =>
        {
            await stream.StartAsync();
            await using CancellationTokenRegistration _ = stream.CancellationToken.Register(() => server.Cancelled.TrySetResult());
            await server.Cancelled.Task;
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Full").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");
        var message = new byte[1 << 20];
        Task write = WriteUntilFullAsync(call, message);

        call.Abort();

        await Frames.FailsAsync(() => write.Within("the write"), GrpcStatusCode.Cancelled);
        await server.Cancelled.Task.Within("the server's token");

        static async Task WriteUntilFullAsync(GrpcDuplexCall call, byte[] message)
        {
            while (true)
            {
                await call.WriteAsync(message);
            }
        }
    }

    [Fact]
    public async Task WriteCancelled_ResetsTheCall()
    {
        var server = new Observed();
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Full", async stream =>
        {
            await stream.StartAsync();
            await using CancellationTokenRegistration _ = stream.CancellationToken.Register(() => server.Cancelled.TrySetResult());
            await server.Cancelled.Task;
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Full").Within("the call to open");
        using var cancellation = new CancellationTokenSource();
        Task write = call.WriteAsync(new byte[20 << 20], cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.Within("the write"));
        await server.Cancelled.Task.Within("the server's token");
        Assert.Equal(GrpcStatusCode.Cancelled, call.Status?.Code);
    }

    [Fact]
    public async Task UnaryCancelled_ResetsTheCallAndTellsTheServer()
    {
        var server = new Observed();
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Wait", server.ReadAsync));
        using var cancellation = new CancellationTokenSource();
        Task call = loopback.Client.UnaryBytesAsync("/t.S/Wait", [1], cancellationToken: cancellation.Token);
        await server.Started.Task.Within("the handler to start");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Within("the cancellation"));
        await server.Cancelled.Task.Within("the server's token");
    }

    [Fact]
    public async Task ConnectionCut_BothReadersFailAsUnavailable()
    {
        await using var network = new InMemoryNetwork();
        var server = new Observed();
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Wait", server.ReadAsync), options => options.ListenerFactory = network, options => options.ConnectCallback = network.ConnectAsync);
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Wait").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");
        Task<bool> read = call.Reader.ReadAsync().AsTask();

        network.Cut(loopback.Server.Addresses[0]);

        GrpcException exception = await Frames.FailsAsync(() => read.Within("the client's reader"), GrpcStatusCode.Unavailable);
        Assert.NotNull(exception.InnerException);
        Assert.Equal(GrpcStatusCode.Unavailable, (await server.Failure.Task.Within("the server's reader")).Status.Code);
        await Frames.FailsAsync(() => call.WriteAsync(Frames.Message("x")).Within("the write"), GrpcStatusCode.Unavailable);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SocketClosedByTheServersSide_IsUnavailableForBoth(bool reset)
    {
        var accepted = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        var server = new Observed();
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Wait", server.ReadAsync),
            options => options.ConnectionMiddleware = next => connection =>
            {
                accepted.SetResult(connection.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionSocketFeature>()!.Socket);
                return next(connection);
            });
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Wait").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");
        Task<bool> read = call.Reader.ReadAsync().AsTask();
        Socket socket = await accepted.Task.Within("the connection");

        if (reset)
        {
            socket.LingerState = new LingerOption(true, 0);
        }

        socket.Dispose();

        await Frames.FailsAsync(() => read.Within("the client's reader"), GrpcStatusCode.Unavailable);
        Assert.Equal(GrpcStatusCode.Unavailable, (await server.Failure.Task.Within("the server's reader")).Status.Code);
    }

    [Fact]
    public async Task ClientDisposed_OpenCallsEnd()
    {
        var server = new Observed();
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Wait", server.ReadAsync));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Wait").Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");
        Task<bool> read = call.Reader.ReadAsync().AsTask();

        await loopback.Client.DisposeAsync();

        await Frames.FailsAsync(() => read.Within("the client's reader"), GrpcStatusCode.Cancelled);
        await server.Failure.Task.Within("the server's reader");
        await Assert.ThrowsAsync<ObjectDisposedException>(() => loopback.Client.UnaryBytesAsync("/t.S/Wait", []).Within("a call on a disposed client"));
    }

    [Fact]
    public async Task NobodyListens_IsUnavailableWithTheReason()
    {
        await using var client = new GrpcClient("127.0.0.1:1");

        GrpcException exception = await Frames.FailsAsync(() => client.DuplexAsync("/t.S/Wait").Within("the refusal"), GrpcStatusCode.Unavailable);

        Assert.Contains(nameof(SocketError.ConnectionRefused), exception.Status.Detail);
        Assert.NotNull(exception.InnerException);
    }

    [Fact]
    public async Task DialThatNeverEnds_IsUnavailableAfterTheConnectTimeout()
    {
        var time = new ManualTimeProvider();
        await using var client = new GrpcClient("nowhere:1", new GrpcClientOptions
        {
            TimeProvider = time,
            ConnectTimeout = TimeSpan.FromMinutes(5),
            ConnectCallback = async (_, cancellation) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                return Stream.Null;
            },
        });
        Task call = client.DuplexAsync("/t.S/Wait").AsTask();
        await time.WaitForTimerAsync(TimeSpan.FromMinutes(5)).Within("the dial to begin");
        time.Advance(TimeSpan.FromMinutes(5));

        await Frames.FailsAsync(() => call.Within("the timeout"), GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task DuplexAsync_CancelledWhileDialling_Throws()
    {
        var dialling = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var client = new GrpcClient("nowhere:1", new GrpcClientOptions
        {
            ConnectCallback = async (_, cancellation) =>
            {
                dialling.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                return Stream.Null;
            },
        });
        using var cancellation = new CancellationTokenSource();
        Task call = client.DuplexAsync("/t.S/Wait", cancellationToken: cancellation.Token).AsTask();
        await dialling.Task.Within("the dial to begin");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.Within("the cancellation"));
    }

    /// <summary>A handler that reads and reports how that ended.</summary>
    private sealed class Observed
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<GrpcException> Failure { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task ReadAsync(GrpcServerStream stream)
        {
            await using CancellationTokenRegistration _ = stream.CancellationToken.Register(() => Cancelled.TrySetResult());
            await stream.StartAsync();
            Started.TrySetResult();
            try
            {
                while (await stream.Reader.ReadAsync())
                {
                }

                await Cancelled.Task;
                Failure.TrySetResult(new GrpcException(stream.Status ?? GrpcStatus.OK));
            }
            catch (GrpcException exception)
            {
                Failure.TrySetResult(exception);
                throw;
            }
        }
    }
}
