using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-08")]
public sealed class ReenterTests
{
    [Fact]
    public async Task ReenterAfter_ContinuesWithTheSameMessageSenderAndHeaders()
    {
        await using var system = new TestSystem();
        var work = new TaskCompletionSource<int>();
        var pid = system.Spawn(context =>
        {
            switch (context.Message)
            {
                case "work":
                    context.ReenterAfter(work.Task, done =>
                    {
                        context.Respond($"{context.Message} {done.Result} {context.Headers["key"]}");
                        return Task.CompletedTask;
                    });
                    break;
                case "ask":
                    context.Respond("answer");
                    break;
            }
        });

        var request = system.Root.WithHeaders(MessageHeaders.Empty.With("key", "value")).RequestAsync<string>(pid, "work");
        Assert.Equal("answer", await system.Root.RequestAsync<string>(pid, "ask").Within("an answer meanwhile"));
        Assert.False(request.IsCompleted);
        work.SetResult(42);

        Assert.Equal("work 42 value", await request.Within("the answer after the task"));
    }

    [Fact]
    public async Task ReenterAfter_RunsInTheActor_NeverBesideAMessage()
    {
        await using var system = new TestSystem();
        var inside = 0;
        var overlaps = 0;
        var continued = 0;
        var count = TestScale.Count(5000);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pid = system.Spawn(context =>
        {
            if (context.Message is int)
            {
                Enter();
                context.ReenterAfter(Task.Run(() => { }), () =>
                {
                    Enter();
                    if (++continued == count)
                    {
                        done.SetResult();
                    }
                });
            }
        });
        for (var i = 0; i < count; i++)
        {
            system.Root.Send(pid, i);
        }

        await done.Task.Within($"{count} continuations");
        Assert.Equal(0, overlaps);

        void Enter()
        {
            overlaps += Interlocked.Exchange(ref inside, 1);
            Thread.SpinWait(20);
            Volatile.Write(ref inside, 0);
        }
    }

    [Fact]
    public async Task ReenterAfter_FailedAndCancelledTasks_AreGivenToTheAction()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        system.Spawn(context =>
        {
            if (context.Message is Started)
            {
                context.ReenterAfter(Task.FromException(new Boom()), task =>
                {
                    probe.Record(task.Status);
                    return Task.CompletedTask;
                });
                context.ReenterAfter(Task.FromCanceled<int>(new CancellationToken(true)), task =>
                {
                    probe.Record(task.Status);
                    return Task.CompletedTask;
                });
            }
        });

        Assert.Equal([TaskStatus.Faulted, TaskStatus.Canceled], await probe.WaitForCountAsync<TaskStatus>(2));
    }

    [Fact]
    public async Task ReenterAfter_ActionThatThrows_IsSupervised()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var pid = system.Spawn(context =>
        {
            probe.Record(context.Message);
            if (context.Message is "work")
            {
                context.ReenterAfter(Task.CompletedTask, () => throw new Boom());
            }
        });

        system.Root.Send(pid, "work");

        await probe.NextAsync<Restarting>();
        Assert.Contains("System.String", Assert.Single(system.Log.Named("ActorFailed")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReenterAfter_ActorRestarted_ActionIsNotCalled()
    {
        await using var system = new TestSystem(expectErrors: true);
        var work = new TaskCompletionSource();
        var called = false;
        var pid = system.Spawn(context =>
        {
            switch (context.Message)
            {
                case "work":
                    context.ReenterAfter(work.Task, () => called = true);
                    break;
                case Boom boom:
                    throw boom;
                case "ask":
                    context.Respond("answer");
                    break;
            }
        });
        system.Root.Send(pid, "work");
        system.Root.Send(pid, new Boom());
        await system.Root.RequestAsync<string>(pid, "ask").Within("the new instance's answer");

        work.SetResult();

        await system.Root.RequestAsync<string>(pid, "ask").Within("the answer after the task");
        Assert.False(called);
    }

    [Fact]
    public async Task ReenterAfter_ActorSuspended_ActionWaitsUntilItIsResumed()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var strategy = new HeldStrategy();
        var work = new TaskCompletionSource();
        var pid = system.Root.Spawn(Functions.Props(context =>
        {
            switch (context.Message)
            {
                case "work":
                    context.ReenterAfter(work.Task, () => probe.Record("continued"));
                    break;
                case Boom boom:
                    throw boom;
                case "queued":
                    probe.Record("queued");
                    break;
            }
        }).WithGuardianSupervisorStrategy(strategy));
        system.Root.Send(pid, "work");
        system.Root.Send(pid, new Boom());
        var (supervisor, _) = await strategy.Asked.Within("the strategy to be asked");
        system.Root.Send(pid, "queued");

        work.SetResult();
        system.System.SendSystem(pid, new Unwatch(pid));
        Assert.Empty(probe.Events);
        supervisor.ResumeChildren(pid);

        Assert.Equal(["continued", "queued"], await probe.WaitForCountAsync<string>(2));
    }
}
