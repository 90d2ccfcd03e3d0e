using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;

namespace Remote.Tests;

public sealed class AcceptedCallTests
{
    private static readonly byte[] Large = new byte[20 << 20];

    private static ChannelSettings LargeMessages(ChannelSettings settings) => settings with { MaxReceiveMessageBytes = 32 << 20 };

    [Fact]
    public async Task WriteAsync_AnotherWriteUnderWay_Throws()
    {
        var second = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(
            async call =>
            {
                var first = call.WriteAsync(Large).AsTask();
                second.SetResult(await Record.ExceptionAsync(() => call.WriteAsync(LoopbackCalls.Bytes("x")).AsTask()));
                await first;
            },
            dial: LargeMessages);
        var call = loopback.Channel.Receive();
        await call.WriteTextAsync("hello");

        Assert.IsType<InvalidOperationException>(await second.Task.Within("the second write"));
        Assert.True(await call.Reader.ReadAsync().AsTask().Within("the first message, whole"));
        Assert.Equal(Large.Length, call.Reader.Message.Length);
        Assert.False(await call.Reader.ReadAsync().AsTask().Within("the end"));
    }

    [Fact]
    public async Task HandlerEndsBesideAWrite_TheWriteIsNotLostAndTheNextCallIsUnharmed()
    {
        var isFirst = true;
        await using var loopback = await Loopback.StartAsync(
            async call =>
            {
                if (isFirst)
                {
                    isFirst = false;
                    _ = call.WriteAsync(Large).AsTask().ContinueWith(task => task.Exception, TaskScheduler.Default);
                    return;
                }

                await LoopbackCalls.EchoAsync(call);
            },
            dial: LargeMessages);
        var call = loopback.Channel.Receive();
        await call.WriteTextAsync("hello");
        Assert.True(await call.Reader.ReadAsync().AsTask().Within("the message"));
        Assert.Equal(Large.Length, call.Reader.Message.Length);
        Assert.False(await call.Reader.ReadAsync().AsTask().Within("the end"));

        await loopback.ConverseAsync();
    }

    [Fact]
    public async Task WriteAsync_AfterTheHandlerEnded_Throws()
    {
        AcceptedCall? kept = null;
        await using var loopback = await Loopback.StartAsync(call =>
        {
            kept = call;
            return Task.CompletedTask;
        });
        var call = loopback.Channel.Receive();
        Assert.False(await call.Reader.ReadAsync().AsTask().Within("the end"));

        await LoopbackCalls.FailsAsync(() => kept!.WriteTextAsync("late"), StatusCode.Cancelled);
        await LoopbackCalls.FailsAsync(() => call.WriteTextAsync("late"), StatusCode.Cancelled);
    }

    /// <summary>The web server uses its objects for the next request of the connection, which would find a stranger's read in its body.</summary>
    [Fact]
    public async Task Handler_EndsWithAReadGivenUp_TheNextCallsOfItsConnectionAreServed()
    {
        await using var loopback = await Loopback.StartAsync(async call =>
        {
            using var cancellation = new CancellationTokenSource();
            var read = call.Reader.ReadAsync(cancellation.Token).AsTask();
            if (read.IsCompleted || call.HttpContext.Request.Headers.ContainsKey("x-speaks"))
            {
                Assert.True(await read);
                await call.WriteTextAsync("served");
                return;
            }

            await cancellation.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
            throw CallFailure.Of(StatusCode.DeadlineExceeded, "The caller said nothing.");
        });

        // Several connections, because Kestrel calms a caller down who ends more calls on one than it can put away.
        for (var connection = 0; connection < 10; connection++)
        {
            using var channel = PlayedCalls.PlainChannel(loopback.Listener.Address);
            for (var i = 0; i < 30; i++)
            {
                await AskAsync(channel.CreateCallInvoker());
            }
        }

        static async Task AskAsync(CallInvoker invoker)
        {
            using var silent = invoker.AsyncDuplexStreamingCall(RemotingMethods.Dialled, host: null, default);
            await LoopbackCalls.FailsAsync(() => silent.ResponseStream.MoveNext(CancellationToken.None).Within("the refusal"), StatusCode.DeadlineExceeded);

            using var speaking = invoker.AsyncDuplexStreamingCall(RemotingMethods.Dialled, host: null, new CallOptions(new Metadata { { "x-speaks", "1" } }));
            await new DialledCall(speaking, new ReceivedBytes(), static () => null).AssertAnswerAsync("a question", "served");
        }
    }

    /// <summary>An aborted request has a body that throws whatever it is asked, and may still be about to end the read.</summary>
    [Fact]
    public async Task End_AReadGivenUpOfARequestThatIsBeingAborted_WaitsForTheReadAndThrowsNothing()
    {
        var request = new PlayedRequest { Aborted = new IOException("The request stream was aborted.") };
        using var cancellation = new CancellationTokenSource();
        var read = request.Call.Reader.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);

        var end = request.Call.EndAsync();
        Assert.False(end.IsCompleted);
        request.Moved.SetException(new IOException("The request stream was aborted."));
        await end.Within("the end");

        // Nothing of the request is touched any more.
        request.Call.Abort();
    }

    /// <summary>Kestrel cancels a read when a connection is lost, now and then before it cancels the request.</summary>
    [Theory]
    [InlineData(true, StatusCode.Unavailable)]
    [InlineData(false, StatusCode.Cancelled)]
    public async Task Read_CancelledBeforeTheRequestIs_IsACutWhenTheConnectionIsLost(bool isLost, StatusCode expected)
    {
        var request = new PlayedRequest();
        var read = request.Call.Reader.ReadAsync().AsTask();

        request.IsLost = isLost;
        request.Moved.SetCanceled();

        await LoopbackCalls.FailsAsync(() => read.Within("the end of the read"), expected);
    }

    [Fact]
    public async Task WriteAsync_Cancelled_ResetsTheCall()
    {
        var failure = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var loopback = await Loopback.StartAsync(
            async call =>
            {
                using var cancellation = new CancellationTokenSource();
                var write = call.WriteAsync(Large, cancellation.Token).AsTask();
                await cancellation.CancelAsync();
                failure.SetResult(await Record.ExceptionAsync(() => write));
            },
            dial: LargeMessages);
        var call = loopback.Channel.Receive();
        await call.WriteTextAsync("hello");

        // Nothing is read before: the write waits for the window until then.
        Assert.IsAssignableFrom<OperationCanceledException>(await failure.Task.Within("the cancelled write"));
        await call.ReadFailsAsync(StatusCode.Cancelled);
    }

    [Fact]
    public async Task CancellationToken_HandlerFailsByItself_IsNotCancelled()
    {
        var cancelled = false;
        await using var loopback = await Loopback.StartAsync(call =>
        {
            call.CancellationToken.Register(() => cancelled = true);
            throw CallFailure.Of(StatusCode.NotFound, "Größe 100%\n\U0001F600");
        });
        var call = loopback.Channel.Receive();

        Assert.Equal("Größe 100%\n\U0001F600", (await call.ReadFailsAsync(StatusCode.NotFound)).Status.Detail);
        Assert.False(cancelled);
    }

    [Fact]
    public async Task HandlerThrowsSomethingElse_IsUnknownWithoutDetails()
    {
        await using var loopback = await Loopback.StartAsync(_ => throw new InvalidOperationException("secret"));
        loopback.Log.Expect("ErrorExecutingServiceMethod");
        var call = loopback.Channel.Receive();

        var failure = await call.ReadFailsAsync(StatusCode.Unknown);

        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains(loopback.Log.Lines, line => line.Exception?.Message == "secret");
    }

    [Fact]
    public async Task WhatAMiddlewareLeavesOnTheConnection_TheHandlerFinds()
    {
        object mark = new();
        object? found = null;
        await using var loopback = await Loopback.StartAsync(
            call =>
            {
                found = call.HttpContext.Features.Get<IConnectionItemsFeature>()?.Items["mark"];
                return Task.CompletedTask;
            },
            listen: settings => settings with
            {
                Configure = listen => listen.Use(next => connection =>
                {
                    connection.Items["mark"] = mark;
                    return next(connection);
                }),
            });
        var call = loopback.Channel.Receive();
        Assert.False(await call.Reader.ReadAsync().AsTask().Within("the end"));

        Assert.Same(mark, found);
    }

    [Fact]
    public async Task Write_OfAHandlerInAContextOfItsOwn_DoesNotGoOnInIt()
    {
        await using var loopback = await Loopback.StartAsync(async call =>
        {
            var before = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(new DeadEnd());
            try
            {
                await Task.WhenAll(call.WriteAsync(LoopbackCalls.Bytes("hello")).AsTask()).ConfigureAwait(false);
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(before);
            }
        });
        var call = loopback.Channel.Receive();

        Assert.True(await call.Reader.ReadAsync().AsTask().Within("the message"));
        Assert.Equal("hello", call.Reader.Text());
    }

    /// <summary>Nothing that is posted here is ever run.</summary>
    private sealed class DeadEnd : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
