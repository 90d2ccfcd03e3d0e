using Microsoft.AspNetCore.Connections.Features;

namespace Remote.Transport.Tests;

public sealed class GrpcServerStreamTests
{
    [Fact]
    public async Task WriteAsync_AnotherWriteUnderWay_Throws()
    {
        var second = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Two", async stream =>
        {
            Task first = stream.WriteAsync(new byte[20 << 20]).AsTask();
            second.SetResult(await Record.ExceptionAsync(() => stream.WriteAsync(Frames.Message("x")).AsTask()));
            await first;
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Two", new GrpcCallOptions { MaxReceiveMessageBytes = 32 << 20 }).Within("the call to open");

        Assert.IsType<InvalidOperationException>(await second.Task.Within("the second write"));
        Assert.True(await call.Reader.ReadAsync().Within("the first message, whole"));
        Assert.Equal(20 << 20, call.Reader.Message.Length);
        Assert.False(await call.Reader.ReadAsync().Within("the end"));
    }

    [Fact]
    public async Task HandlerEndsBesideAWrite_TheWriteIsNotLostAndTheNextCallIsUnharmed()
    {
        await using Loopback loopback = await Loopback.StartAsync(m =>
        {
            m.Add("/t.S/Leave", async stream =>
            {
                await stream.StartAsync();
                _ = stream.WriteAsync(new byte[20 << 20]).AsTask().ContinueWith(t => t.Exception, TaskScheduler.Default);
            });
            m.Add("/t.S/Echo", Frames.EchoAsync);
        });
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Leave", new GrpcCallOptions { MaxReceiveMessageBytes = 32 << 20 }).Within("the call to open");
        Assert.Equal([1], await loopback.Client.UnaryBytesAsync("/t.S/Echo", [1]).Within("a call meanwhile"));

        Assert.True(await call.Reader.ReadAsync().Within("the message"));
        Assert.Equal(20 << 20, call.Reader.Message.Length);
        Assert.False(await call.Reader.ReadAsync().Within("the end"));
        Assert.Equal([2], await loopback.Client.UnaryBytesAsync("/t.S/Echo", [2]).Within("the next call"));
    }

    [Fact]
    public async Task WriteAsync_AfterTheHandlerEnded_Throws()
    {
        GrpcServerStream? kept = null;
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Keep", stream =>
        {
            kept = stream;
            return Task.CompletedTask;
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Keep").Within("the call to open");
        Assert.False(await call.Reader.ReadAsync().Within("the end"));

        await Frames.FailsAsync(() => kept!.WriteAsync(Frames.Message("late")).Within("the refusal"), GrpcStatusCode.Cancelled);
        await Frames.FailsAsync(() => kept!.StartAsync().Within("the refusal"), GrpcStatusCode.Cancelled);
        await Frames.FailsAsync(() => call.WriteAsync(Frames.Message("late")).Within("the refusal"), GrpcStatusCode.Cancelled);
    }

    [Fact]
    public async Task WriteAsync_Cancelled_ResetsTheCall()
    {
        var failure = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Full", async stream =>
        {
            await stream.StartAsync();
            using var cancellation = new CancellationTokenSource();
            Task write = stream.WriteAsync(new byte[20 << 20], cancellation.Token).AsTask();
            await cancellation.CancelAsync();
            failure.SetResult(await Record.ExceptionAsync(() => write));
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Full", new GrpcCallOptions { MaxReceiveMessageBytes = 32 << 20 }).Within("the call to open");

        // Nothing is read before: the write waits for the window until then.
        Assert.IsAssignableFrom<OperationCanceledException>(await failure.Task.Within("the cancelled write"));
        await Frames.FailsAsync(() => call.Reader.ReadAsync().Within("the reset"), GrpcStatusCode.Cancelled);
    }

    [Fact]
    public async Task CancellationToken_HandlerFailsByItself_IsNotCancelled()
    {
        bool? cancelled = null;
        GrpcServerStream? kept = null;
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Fail", stream =>
        {
            kept = stream;
            stream.CancellationToken.Register(() => cancelled = true);
            throw new GrpcException(GrpcStatusCode.NotFound, "nothing");
        }));

        await Frames.FailsAsync(() => loopback.Client.UnaryBytesAsync("/t.S/Fail", []).Within("the status"), GrpcStatusCode.NotFound);
        Assert.Null(cancelled);
        Assert.Equal(GrpcStatusCode.NotFound, kept?.Status?.Code);
    }

    [Fact]
    public async Task WhatAMiddlewareLeavesOnTheConnection_TheHandlerFinds()
    {
        object mark = new();
        object? found = null;
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Find", stream =>
            {
                found = stream.HttpContext.Features.Get<IConnectionItemsFeature>()?.Items["mark"];
                return Task.CompletedTask;
            }),
            options => options.ConnectionMiddleware = next => connection =>
            {
                connection.Items["mark"] = mark;
                return next(connection);
            });
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Find").Within("the call to open");
        Assert.False(await call.Reader.ReadAsync().Within("the end"));

        Assert.Same(mark, found);
    }
}
