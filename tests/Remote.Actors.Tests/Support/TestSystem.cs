using Microsoft.Extensions.Logging;
using Remote.Testing;

namespace Remote.Actors.Tests;

/// <summary>An actor system with a clock, a log and a dead-letter probe. At its end an error in the log that nobody expected fails the test.</summary>
internal sealed class TestSystem : IAsyncDisposable
{
    private readonly bool _expectsErrors;
    private readonly Subscription _deadLetterSubscription;

    public TestSystem(bool expectErrors = false, bool manualTime = false, Action<ActorSystemOptions>? configure = null)
    {
        _expectsErrors = expectErrors;
        var options = new ActorSystemOptions { LoggerFactory = Log };
        if (manualTime)
        {
            options.TimeProvider = Clock;
        }

        configure?.Invoke(options);
        System = new ActorSystem(options);
        _deadLetterSubscription = System.EventStream.Subscribe<DeadLetterEvent>(DeadLetters.Record);
    }

    public ActorSystem System { get; }

    public IRootContext Root => System.Root;

    public LogProbe Log { get; } = new();

    public ManualTimeProvider Clock { get; } = new();

    public EventProbe DeadLetters { get; } = new();

    public PID Spawn(Receive receive) => Root.Spawn(Props.FromFunction(receive));

    public PID Spawn(Action<IContext> receive) => Root.Spawn(Functions.Props(receive));

    /// <summary>Spawns an actor that records every message.</summary>
    public PID SpawnRecorder(EventProbe probe) => Spawn(context => probe.Record(context.Message));

    public async ValueTask DisposeAsync()
    {
        await System.ShutdownAsync().Within("the shutdown of the system");
        _deadLetterSubscription.Dispose();
        if (!_expectsErrors)
        {
            Assert.DoesNotContain(Log.Entries, entry => entry.Level >= LogLevel.Warning);
        }
    }
}
