using Remote.Actors;
using Remote.Testing;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>The node in the test's own process, and what it publishes about its endpoints. Disposing it fails on errors in its log.</summary>
internal sealed class TestCoordinator : IAsyncDisposable
{
    private readonly ErrorLog _log = new();

    private TestCoordinator()
    {
        ActorSystem = new ActorSystem(new ActorSystemOptions { LoggerFactory = _log });

        // Dead letters come by the thousand; who wants them subscribes.
        ActorSystem.EventStream.Subscribe<object>(happened =>
        {
            if (happened is not DeadLetterEvent)
            {
                Events.Record(happened);
            }
        });
    }

    public ActorSystem ActorSystem { get; }

    public RemoteHost Remote { get; private set; } = null!;

    public EventProbe Events { get; } = new();

    public IRootContext Root => ActorSystem.Root;

    public string Address => Remote.Address;

    public static async Task<TestCoordinator> StartAsync(Action<RemoteOptions>? change = null)
    {
        var node = new TestCoordinator();
        var options = new RemoteOptions();
        change?.Invoke(options);
        node.Remote = await RemoteHost.StartAsync(node.ActorSystem, options, setup => setup.AddMessages(TestnodeReflection.Descriptor)).Within("starting the test's own node");
        return node;
    }

    /// <summary>Asks an actor of a peer; the answer says which life gave it.</summary>
    public Task<Answer> AskAsync(PID target, int life, long number = 0) =>
        Root.RequestAsync<Answer>(target, new Ask { Life = life, Number = number }, Waiting.Ceiling);

    public async ValueTask DisposeAsync()
    {
        await Remote.ShutdownAsync().Within("shutting down the test's own node");
        await ActorSystem.ShutdownAsync().Within("stopping the test's own actors");
        Events.Dispose();
        _log.VerifyEmpty();
    }
}
