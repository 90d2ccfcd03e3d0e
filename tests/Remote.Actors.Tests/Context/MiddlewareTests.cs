using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-08")]
public sealed class MiddlewareTests
{
    [Fact]
    public async Task ReceiverMiddleware_WrapsEveryMessage_FirstOneOutermost()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var props = Functions.Props(context => probe.Record($"actor {context.Message.GetType().Name}"))
            .WithReceiverMiddleware(Recording("outer"), Recording("inner"));
        var pid = system.Root.Spawn(props);

        system.Root.Send(pid, "text");
        await system.Root.PoisonAsync(pid).Within("the actor's end");

        Assert.Equal(
            new[] { "Started", "String", "Stopping", "Stopped" }
                .SelectMany(message => new[] { $"outer {message}", $"inner {message}", $"actor {message}", "inner done", "outer done" }),
            probe.Of<string>());

        Func<Receiver, Receiver> Recording(string name) => next => async (context, envelope) =>
        {
            probe.Record($"{name} {envelope.Message.GetType().Name}");
            await next(context, envelope);
            probe.Record($"{name} done");
        };
    }

    [Fact]
    public async Task ReceiverMiddleware_MayReplaceTheMessageAndCatchFailures()
    {
        await using var system = new TestSystem();
        var props = Functions.Props(context =>
        {
            if (context.Message is string text)
            {
                context.Respond(text.Length > 0 ? text : throw new Boom());
            }
        }).WithReceiverMiddleware(next => async (context, envelope) =>
        {
            try
            {
                await next(context, envelope.Message is int number ? new MessageEnvelope(new string('x', number), envelope.Sender) : envelope);
            }
            catch (Boom)
            {
                context.Respond("caught");
            }
        });
        var pid = system.Root.Spawn(props);

        Assert.Equal("xxx", await system.Root.RequestAsync<string>(pid, 3).Within("the answer"));
        Assert.Equal("caught", await system.Root.RequestAsync<string>(pid, 0).Within("the answer"));
    }

    [Fact]
    public async Task ReceiverMiddleware_ThatThrows_IsSupervised()
    {
        await using var system = new TestSystem(expectErrors: true);
        using var probe = new EventProbe();
        var pid = system.Root.Spawn(Functions.Props(context => probe.Record(context.Message)).WithReceiverMiddleware(next => (context, envelope) =>
            envelope.Message is Boom boom ? throw boom : next(context, envelope)));

        system.Root.Send(pid, new Boom());

        await probe.NextAsync<Restarting>();
    }

    [Fact]
    public async Task SenderMiddleware_OfAnActor_WrapsWhatItSends()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var echo = system.Spawn(context =>
        {
            if (context.Message is string)
            {
                probe.Record((context.Message, context.Headers.GetOrDefault("order")));
                if (context.Sender is not null)
                {
                    context.Respond(context.Message);
                }
            }
        });
        var props = Props.FromFunction(async context =>
        {
            if (context.Message is "go")
            {
                context.Send(echo, "send");
                context.Request(echo, "request");
                context.Respond(await context.RequestAsync<string>(echo, "ask"));
                await context.SendAsync(echo, "send and wait");
                context.Forward(echo);
            }
        }).WithSenderMiddleware(Stamp("a"), Stamp("b"));
        var pid = system.Root.Spawn(props);

        var answer = await system.Root.RequestAsync<MessageEnvelope>(pid, "go").Within("the answer");

        Assert.Equal("ab", answer.Headers!["order"]);
        var seen = await probe.WaitForCountAsync<(object, string?)>(5);
        Assert.Equal([("send", "ab"), ("request", "ab"), ("ask", "ab"), ("send and wait", "ab"), ("go", "ab")], seen);
    }

    [Fact]
    public async Task SenderMiddleware_OfARootContext_WrapsWhatItSends()
    {
        await using var system = new TestSystem();
        var echo = system.Spawn(context =>
        {
            if (context.Message is string)
            {
                context.Respond(context.Headers.GetOrDefault("order") ?? "none");
            }
        });
        var root = system.Root.WithSenderMiddleware(Stamp("a")).WithSenderMiddleware(Stamp("b")).WithHeaders(MessageHeaders.Empty.With("order", "0"));

        Assert.Equal("0ab", await root.RequestAsync<string>(echo, "text").Within("the answer"));
        Assert.Equal("none", await system.Root.RequestAsync<string>(echo, "text").Within("the answer without middleware"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Behaviour", "A-13")]
    public async Task SendAsync_ThroughMiddleware_StillWaitsForRoom(bool fromActor)
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, Mailboxes.Bounded(1));
        await system.Root.SendAsync(busy.Pid, "1");
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task waiting;
        if (fromActor)
        {
            var props = Props.FromFunction(async context =>
            {
                if (context.Message is Started)
                {
                    await context.SendAsync(busy.Pid, "2");
                    done.SetResult();
                }
            });
            system.Root.Spawn(props.WithSenderMiddleware(Stamp("a")));
            waiting = done.Task;
        }
        else
        {
            waiting = system.Root.WithSenderMiddleware(Stamp("a")).SendAsync(busy.Pid, "2").AsTask();
            Assert.False(waiting.IsCompleted);
        }

        busy.Open();

        await waiting.Within("room in the mailbox");
        Assert.Equal(["1", "2"], await busy.FinishAsync());
        Assert.Equal(0, system.System.DeadLetters.Count);
    }

    [Fact]
    public async Task SenderMiddleware_ThatFailsLater_IsLogged()
    {
        await using var system = new TestSystem(expectErrors: true);
        var failing = new TaskCompletionSource();
        var root = system.Root.WithSenderMiddleware(_ => (_, _, _) => failing.Task);

        root.Send(new PID("", "x"), "lost");
        failing.SetException(new Boom());

        Assert.IsType<Boom>((await system.Log.NextAsync("SenderMiddlewareFailed")).Exception);
    }

    [Fact]
    public async Task SenderMiddleware_ThatThrows_ThrowsToTheSender()
    {
        await using var system = new TestSystem();
        var root = system.Root.WithSenderMiddleware(_ => (_, _, _) => throw new Boom());

        Assert.Throws<Boom>(() => root.Send(new PID("", "x"), "text"));
    }

    private static Func<Sender, Sender> Stamp(string mark) => next => (context, target, envelope) =>
    {
        var headers = envelope.Headers ?? MessageHeaders.Empty;
        return next(context, target, new MessageEnvelope(envelope.Message, envelope.Sender, headers.With("order", headers.GetOrDefault("order") + mark)));
    };
}
