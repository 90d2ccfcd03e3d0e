using Proto;
using Proto.Remote;
using Remote.Testing;
using Remote.TestNode;

namespace Remote.EndToEnd.Tests;

/// <summary>The node in the test's own process, and what it publishes about its endpoints. Disposing it fails on errors in its log.</summary>
internal sealed class TestCoordinator : IAsyncDisposable
{
    private readonly ErrorLog _log = new();

    private TestCoordinator(RemoteConfig config, Action<RemoteOptions>? change)
    {
        System = new ActorSystem().WithRemote(config.WithProtoMessages(TestnodeReflection.Descriptor), options =>
        {
            options.Hooks.LoggerFactory = _log;
            change?.Invoke(options);
        });

        // Dead letters come by the thousand; who wants them subscribes.
        System.EventStream.Subscribe<object>(happened =>
        {
            if (happened is not DeadLetterEvent)
            {
                Events.Record(happened);
            }
        });
    }

    public ActorSystem System { get; }

    public ReliableRemote Remote => System.ReliableRemote();

    public EventProbe Events { get; } = new();

    public IRootContext Root => System.Root;

    public string Address => Remote.Address;

    public static Task<TestCoordinator> StartAsync(Action<RemoteOptions>? change = null) => StartAsync(RemoteConfig.BindToLocalhost(), change);

    public static async Task<TestCoordinator> StartAsync(RemoteConfig config, Action<RemoteOptions>? change = null)
    {
        var node = new TestCoordinator(config, change);
        await node.Remote.StartAsync().Within("starting the test's own node");
        return node;
    }

    /// <summary>Asks an actor of a peer; the answer says which life gave it.</summary>
    public Task<Answer> AskAsync(PID target, int life, long number = 0) =>
        Root.RequestAsync<Answer>(target, new Ask { Life = life, Number = number }, Waiting.Ceiling);

    public async ValueTask DisposeAsync()
    {
        await Remote.ShutdownAsync().Within("shutting down the test's own node");
        await System.ShutdownAsync().Within("stopping the test's own actors");
        Events.Dispose();
        _log.VerifyEmpty();
    }
}
