using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-02")]
public sealed class MessagingTests
{
    [Fact]
    public async Task Send_DeliversWithoutSender_InOrder()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = system.Spawn(context =>
        {
            if (context.Message is int number)
            {
                probe.Record((number, context.Sender));
            }
        });
        var count = TestScale.Count(10_000);

        for (var i = 0; i < count; i++)
        {
            system.Root.Send(pid, i);
        }

        Assert.Equal(Enumerable.Range(0, count).Select(i => (i, (PID?)null)), await probe.WaitForCountAsync<(int, PID?)>(count));
    }

    [Fact]
    public async Task Request_FromAnActor_CarriesItselfAsSender()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var echo = system.Root.Spawn(Functions.Echo);
        var asker = system.Spawn(context =>
        {
            if (context.Message is Started)
            {
                context.Request(echo, "question");
            }
            else if (context.Message is string)
            {
                probe.Record(context.Message);
            }
        });

        Assert.Equal("question", await probe.NextAsync<string>());
        await system.Root.StopAsync(asker).Within("the asker's end");
    }

    [Fact]
    public async Task Request_WithAnotherSender_IsAnsweredThere()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var echo = system.Root.Spawn(Functions.Echo);
        var collector = system.SpawnRecorder(probe);

        system.Root.Request(echo, "question", collector);

        Assert.Equal("question", await probe.NextAsync<string>());
    }

    [Fact]
    public async Task Request_FromRoot_HasNoSender()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = system.Spawn(context =>
        {
            if (context.Message is string)
            {
                probe.Record(context.Sender ?? (object)"nobody");
            }
        });

        system.Root.Request(pid, "question");

        Assert.Equal("nobody", await probe.NextAsync<string>());
    }

    [Fact]
    public async Task RequestAsync_Answered_CompletesWithTheAnswer()
    {
        await using var system = new TestSystem();
        var pid = system.Root.Spawn(Functions.Echo);

        Assert.Equal("a", await system.Root.RequestAsync<string>(pid, "a", TimeSpan.FromSeconds(30)).Within("the answer"));
        Assert.Equal("b", await system.Root.RequestAsync<string>(pid, "b", CancellationToken.None).Within("the answer"));
        Assert.Equal("c", await system.Root.RequestAsync<object>(pid, "c").Within("the answer"));
    }

    [Fact]
    public async Task RequestAsync_BetweenActors_IsAnswered()
    {
        await using var system = new TestSystem();
        var echo = system.Root.Spawn(Functions.Echo);
        var front = system.Spawn(async context =>
        {
            if (context.Message is string text)
            {
                var answer = await context.RequestAsync<string>(echo, text, TimeSpan.FromSeconds(30));
                context.Respond("<" + answer + ">");
            }
        });

        Assert.Equal("<x>", await system.Root.RequestAsync<string>(front, "x").Within("the answer"));
    }

    [Fact]
    public async Task RequestAsync_NoAnswer_TimesOutAtTheTimeout()
    {
        await using var system = new TestSystem(manualTime: true);
        var silent = system.Spawn(_ => { });

        var request = system.Root.RequestAsync<string>(silent, "anybody?", TimeSpan.FromSeconds(5));
        system.Clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.False(request.IsCompleted);
        system.Clock.Advance(TimeSpan.FromTicks(1));

        await Assert.ThrowsAsync<TimeoutException>(() => request.Within("the timeout"));
        Assert.Equal(0, system.System.Futures.PendingCount);
    }

    [Fact]
    public async Task RequestAsync_ManyTimeouts_EachAtItsTime()
    {
        await using var system = new TestSystem(manualTime: true);
        var silent = system.Spawn(_ => { });
        var requests = new[] { 7, 1, 30, 3, 3, 9 }.Select(seconds => (seconds, Task: system.Root.RequestAsync<string>(silent, "?", TimeSpan.FromSeconds(seconds)))).ToList();

        for (var now = 1; now <= 30; now++)
        {
            system.Clock.Advance(TimeSpan.FromSeconds(1));
            foreach (var (seconds, task) in requests)
            {
                Assert.True(task.IsFaulted == (seconds <= now), $"The request with {seconds} s is {task.Status} after {now} s.");
            }
        }

        Assert.All(requests, request => Assert.IsType<TimeoutException>(request.Task.Exception?.InnerException));
    }

    [Fact]
    public async Task RequestAsync_OnTheRealClock_TimesOut()
    {
        await using var system = new TestSystem();
        var silent = system.Spawn(_ => { });

        var failure = await Assert.ThrowsAsync<TimeoutException>(() => system.Root.RequestAsync<string>(silent, "?", TimeSpan.FromMilliseconds(20)).Within("the timeout"));

        // Who reads it at night wants to know who did not answer what.
        Assert.StartsWith($"{silent} did not answer a System.String within 00:00:00.0200000", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestAsync_Cancelled_IsCancelled()
    {
        await using var system = new TestSystem();
        var silent = system.Spawn(_ => { });
        using var cancellation = new CancellationTokenSource();

        var request = system.Root.RequestAsync<string>(silent, "anybody?", cancellation.Token);
        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request.Within("the cancellation"));
        Assert.Equal(cancellation.Token, exception.CancellationToken);
        Assert.Equal(0, system.System.Futures.PendingCount);
    }

    [Fact]
    public async Task RequestAsync_AlreadyCancelled_SendsNothing()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = system.SpawnRecorder(probe);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => system.Root.RequestAsync<string>(pid, "cancelled", new CancellationToken(true)));

        system.Root.Send(pid, "next");
        await probe.NextAsync<string>(text => text == "next");
        Assert.DoesNotContain("cancelled", probe.Of<string>());
    }

    [Fact]
    public async Task RequestAsync_MissingActor_FailsAtOnceWithDeadLetterException()
    {
        await using var system = new TestSystem(manualTime: true);
        var missing = new PID("", "missing");

        var gone = await Assert.ThrowsAsync<DeadLetterException>(
            () => system.Root.RequestAsync<string>(missing, "anybody?", TimeSpan.FromHours(1)).Within("the refusal, without moving the clock"));

        Assert.Equal((missing, DeadLetterReason.NoSuchProcess), (gone.Target, gone.Reason));
    }

    [Fact]
    public async Task RequestAsync_ActorThatStopsWithTheRequestQueued_FailsWithDeadLetterException()
    {
        await using var system = new TestSystem();
        var gate = new Gate();
        var pid = system.Spawn(context => context.Message is Gate closed ? closed.PassAsync() : Task.CompletedTask);
        system.Root.Send(pid, gate);
        await gate.Entered.Within("the actor to be busy");
        var request = system.Root.RequestAsync<string>(pid, "queued");

        system.Root.Stop(pid);
        gate.Open();

        var gone = await Assert.ThrowsAsync<DeadLetterException>(() => request.Within("the refusal"));
        Assert.Equal(DeadLetterReason.Stopped, gone.Reason);
    }

    [Fact]
    public async Task RequestAsync_AnswerOfAnotherType_Fails()
    {
        await using var system = new TestSystem();
        var pid = system.Root.Spawn(Functions.Echo);

        var unexpected = await Assert.ThrowsAsync<UnexpectedResponseException>(() => system.Root.RequestAsync<Touched>(pid, "text").Within("the answer"));

        Assert.Equal("text", unexpected.Response);
        Assert.Contains("System.String", unexpected.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestAsync_ForAnEnvelope_GivesTheHeadersOfTheAnswer()
    {
        await using var system = new TestSystem();
        var pid = system.Spawn(context =>
        {
            if (context.Message is string text)
            {
                context.Respond(text, MessageHeaders.Empty.With("key", "value"));
            }
        });

        var answer = await system.Root.RequestAsync<MessageEnvelope>(pid, "text").Within("the answer");

        Assert.Equal(("text", "value"), (answer.Message, answer.Headers?["key"]));
    }

    [Fact]
    public async Task RequestAsync_LateAnswer_IsHarmless()
    {
        await using var system = new TestSystem(manualTime: true);
        using var probe = new EventProbe();
        var pid = system.Spawn(context =>
        {
            if (context.Message is string)
            {
                probe.Record(context.Sender!);
            }
        });
        var late = system.Root.RequestAsync<string>(pid, "first", TimeSpan.FromSeconds(1));
        var sender = await probe.NextAsync<PID>();
        system.Clock.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => late.Within("the timeout"));
        var pending = system.Root.RequestAsync<string>(pid, "second", TimeSpan.FromSeconds(60));
        var nextSender = await probe.NextAsync<PID>();

        system.Root.Send(sender, "too late");
        system.Root.Send(nextSender, "in time");
        system.Root.Send(nextSender, "twice");

        Assert.Equal("in time", await pending.Within("the second answer"));
        Assert.Equal(["too late", "twice"], (await system.DeadLetters.WaitForCountAsync<DeadLetterEvent>(2)).Select(letter => letter.Message));
    }

    [Fact]
    public async Task Forward_CarriesSenderAndHeaders()
    {
        await using var system = new TestSystem();
        var last = system.Spawn(context =>
        {
            if (context.Message is string text)
            {
                context.Respond(text + context.Headers["key"]);
            }
        });
        var first = system.Spawn(context =>
        {
            if (context.Message is string)
            {
                context.Forward(last);
            }
        });

        var answer = await system.Root.WithHeaders(MessageHeaders.Empty.With("key", "!")).RequestAsync<string>(first, "forwarded").Within("the answer");

        Assert.Equal("forwarded!", answer);
    }

    [Fact]
    public async Task Respond_WithoutSender_IsADeadLetter()
    {
        await using var system = new TestSystem();
        var pid = system.Root.Spawn(Functions.Echo);

        system.Root.Send(pid, "nobody asked");

        var letter = await system.DeadLetters.NextAsync<DeadLetterEvent>();
        Assert.Equal(("nobody asked", system.System.DeadLetters.Pid), (letter.Message, letter.Target));
    }

    [Fact]
    public async Task Touch_IsAnsweredAndDelivered()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = system.SpawnRecorder(probe);

        var touched = await system.Root.RequestAsync<Touched>(pid, Touch.Instance).Within("the answer to the touch");

        Assert.Equal(pid, touched.Who);
        await probe.NextAsync<Touch>();
    }

    [Fact]
    public async Task Send_BadArguments_Throw()
    {
        await using var system = new TestSystem();
        var pid = new PID("", "x");

        Assert.Throws<ArgumentNullException>(() => system.Root.Send(null!, "x"));
        Assert.Throws<ArgumentNullException>(() => system.Root.Send(pid, (object)null!));
        Assert.Throws<ArgumentNullException>(() => { _ = system.Root.RequestAsync<string>(pid, null!); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = system.Root.RequestAsync<string>(pid, "x", TimeSpan.FromSeconds(-5)); });
    }
}
