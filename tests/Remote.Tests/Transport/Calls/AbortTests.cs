using System.Net.Sockets;
using Grpc.Core;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Who ends a call, and what both sides make of it. The kinds of ends one by one are in <see cref="CallEndMatrixTests"/>.</summary>
[Trait("Behaviour", "T-12")]
public sealed class AbortTests
{
    private readonly WatchedCall _server = new();

    [Fact]
    public async Task ClientAborts_BothReadersFailAsCancelled()
    {
        await using var loopback = await Loopback.StartAsync(_server.ServeAsync);
        var call = await loopback.ConverseAsync();
        var read = call.Reader.ReadAsync().AsTask();

        call.Abort();

        await LoopbackCalls.FailsAsync(() => read.Within("the client's reader"), StatusCode.Cancelled);
        Assert.Equal(StatusCode.Cancelled, (await _server.Ended).StatusCode);
        await _server.Cancelled;
        call.Abort();
        await LoopbackCalls.FailsAsync(() => call.WriteTextAsync("x"), StatusCode.Cancelled);
        await call.ReadFailsAsync(StatusCode.Cancelled);
    }

    [Fact]
    public async Task ServerAborts_BothReadersFailAsCancelled_AndTheConnectionGoesOn()
    {
        await using var loopback = await Loopback.StartAsync(_server.ServeAsync);
        var call = await loopback.ConverseAsync();
        var read = call.Reader.ReadAsync().AsTask();
        var accepted = await _server.Opened;

        accepted.Abort();
        accepted.Abort();

        await LoopbackCalls.FailsAsync(() => read.Within("the client's reader"), StatusCode.Cancelled);
        var ended = await _server.Ended;
        Assert.Equal((StatusCode.Cancelled, "The call was aborted."), (ended.StatusCode, ended.Status.Detail));
        await LoopbackCalls.FailsAsync(() => call.WriteTextAsync("x"), StatusCode.Cancelled);
        (await loopback.ConverseAsync("the next call")).Abort();
    }

    [Fact]
    public async Task ServerAborts_AfterItsHandlerCompleted_HasNoEffectOnLaterCalls()
    {
        var ended = new List<AcceptedCall>();
        await using var loopback = await Loopback.StartAsync(async accepted =>
        {
            await LoopbackCalls.EchoAsync(accepted);
            lock (ended)
            {
                ended.Add(accepted);
            }
        });
        for (var i = 0; i < 50; i++)
        {
            var call = await loopback.ConverseAsync($"{i}");
            lock (ended)
            {
                ended.ForEach(former => former.Abort());
            }

            await call.AssertEchoAsync("still here");
            await call.CompleteAsync();
            Assert.False(await call.Reader.ReadAsync().AsTask().Within("the end"));
        }
    }

    [Fact]
    public async Task ClientAborts_WhileItsWriteWaitsForTheWindow_EndsTheWrite()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(call => HoldAsync(call, entered));
        var call = loopback.Channel.Receive();
        var write = call.WriteAsync(new byte[20 << 20]).AsTask();
        await entered.Task.Within("the handler");

        call.Abort();

        await LoopbackCalls.FailsAsync(() => write.Within("the write"), StatusCode.Cancelled);
    }

    [Fact]
    public async Task ClientsWriteCancelled_ResetsTheCall()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(call => HoldAsync(call, entered));
        var call = loopback.Channel.Receive();
        using var cancellation = new CancellationTokenSource();
        var write = call.WriteAsync(new byte[20 << 20], cancellation.Token).AsTask();
        await entered.Task.Within("the handler");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write.Within("the write"));
        await call.ReadFailsAsync(StatusCode.Cancelled);
    }

    [Fact]
    public async Task ConnectionCut_BothSidesFailAsUnavailable()
    {
        await using var network = new InMemoryNetwork();
        await using var loopback = await Loopback.StartAsync(_server.ServeAsync, network);
        var call = await loopback.ConverseAsync();
        var read = call.Reader.ReadAsync().AsTask();

        network.Cut(loopback.Listener.Address);

        var failure = await LoopbackCalls.FailsAsync(() => read.Within("the client's reader"), StatusCode.Unavailable);
        Assert.NotNull(failure.Status.DebugException);
        Assert.Equal(StatusCode.Unavailable, (await _server.Ended).StatusCode);
        await Assert.ThrowsAsync<RpcException>(() => call.WriteTextAsync("x"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SocketClosedByTheServersSide_IsUnavailableForBoth(bool reset)
    {
        await using var loopback = await Loopback.StartAsync(_server.ServeAsync);
        var call = await loopback.ConverseAsync();
        var read = call.Reader.ReadAsync().AsTask();
        var socket = (await _server.Opened).Socket();
        if (reset)
        {
            socket.LingerState = new LingerOption(true, 0);
        }

        socket.Dispose();

        await LoopbackCalls.FailsAsync(() => read.Within("the client's reader"), StatusCode.Unavailable);
        Assert.Equal(StatusCode.Unavailable, (await _server.Ended).StatusCode);
    }

    [Fact]
    public async Task ChannelDisposed_OpenCallsEndOnBothSides()
    {
        await using var loopback = await Loopback.StartAsync(_server.ServeAsync);
        var call = await loopback.ConverseAsync();
        var read = call.Reader.ReadAsync().AsTask();

        await loopback.Channel.DisposeAsync();

        await Assert.ThrowsAsync<RpcException>(() => read.Within("the client's reader"));
        await _server.Ended;
    }

    private static async Task HoldAsync(AcceptedCall call, TaskCompletionSource entered)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = call.CancellationToken.Register(over.SetResult);
        entered.SetResult();
        await over.Task;
    }
}
