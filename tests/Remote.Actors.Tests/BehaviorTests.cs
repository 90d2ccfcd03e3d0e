namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-08")]
public sealed class BehaviorTests
{
    [Fact]
    public async Task Become_ReplacesTheStack()
    {
        await using var system = new TestSystem();
        var behavior = new Behavior();
        behavior.BecomeStacked(Answer("first"));
        behavior.BecomeStacked(Answer("second"));
        behavior.Become(Answer("third"));
        var pid = system.Spawn(behavior.ReceiveAsync);

        Assert.Equal("third", await system.Root.RequestAsync<string>(pid, "who").Within("the answer"));
        Assert.Throws<InvalidOperationException>(behavior.UnbecomeStacked);
    }

    [Fact]
    public async Task UnbecomeStacked_ReturnsToTheFormerOne()
    {
        await using var system = new TestSystem();
        var pid = system.Root.Spawn(Props.FromProducer(() => new Light()));
        var answers = new List<string>();

        for (var i = 0; i < 4; i++)
        {
            answers.Add(await system.Root.RequestAsync<string>(pid, "press").Within("the light's answer"));
        }

        Assert.Equal(["on", "off", "on", "off"], answers);
    }

    [Fact]
    public async Task ReceiveAsync_EmptyStack_IgnoresMessages()
    {
        await using var system = new TestSystem();
        var behavior = new Behavior();
        var pid = system.Spawn(async context =>
        {
            await behavior.ReceiveAsync(context);
            if (context.Message is string)
            {
                context.Respond("ignored");
            }
        });

        Assert.Equal("ignored", await system.Root.RequestAsync<string>(pid, "who").Within("the answer"));
    }

    private static Receive Answer(string answer) => context =>
    {
        if (context.Message is string)
        {
            context.Respond(answer);
        }

        return Task.CompletedTask;
    };

    private sealed class Light : IActor
    {
        private readonly Behavior _behavior;

        public Light() => _behavior = new Behavior(Off);

        public Task ReceiveAsync(IContext context) => _behavior.ReceiveAsync(context);

        private Task Off(IContext context)
        {
            if (context.Message is string)
            {
                _behavior.BecomeStacked(On);
                context.Respond("on");
            }

            return Task.CompletedTask;
        }

        private Task On(IContext context)
        {
            _behavior.UnbecomeStacked();
            context.Respond("off");
            return Task.CompletedTask;
        }
    }
}
