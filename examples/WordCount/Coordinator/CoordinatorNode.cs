using Proto;
using Proto.Remote;
using Remote;

namespace WordCount;

/// <summary>The coordinator's own actor system, with a counter spawned on every worker.</summary>
internal sealed class CoordinatorNode : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly Dictionary<int, PID> _counters = [];

    private CoordinatorNode(ActorSystem system) => _system = system;

    /// <summary>Workers that have a counter.</summary>
    public int Counters => _counters.Count;

    public static async Task<CoordinatorNode> StartAsync()
    {
        var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(WordcountReflection.Descriptor), Configure);
        await system.Remote().StartAsync();
        return new CoordinatorNode(system);
    }

    /// <summary>Spawns the counting kind on a worker; a worker that does not answer is said and left out.</summary>
    public async Task SpawnCounterAsync(WorkerProcess worker, Action<string> onFailed, CancellationToken cancellation)
    {
        try
        {
            var counter = await _system.ReliableRemote().SpawnNamedAsync(worker.Address, $"counter-{worker.Number}", CounterActor.Kind, cancellation);
            _counters.Add(worker.Number, counter);
        }
        catch (RemoteException failure)
        {
            onFailed($"worker {worker.Number} lost: no counter could be spawned at {worker.Address}: {failure.Message}");
        }
    }

    /// <summary>Counts everything and shows how far it is.</summary>
    public async Task<CountOutcome> CountAsync(FoundFiles found, RunDisplay display, CancellationToken cancellation)
    {
        var coordinator = _system.Root.Spawn(Props.FromProducer(() => new CoordinatorActor(found, _counters)));
        var outcome = RequestAsync<CountOutcome>(coordinator, CountAll.Instance, cancellation);
        await display.ProgressAsync(
            outcome,
            CoordinatorActor.Window,
            () => RequestAsync<ProgressSnapshot>(coordinator, GetProgress.Instance, cancellation));
        return await outcome;
    }

    public async ValueTask DisposeAsync()
    {
        await _system.Remote().ShutdownAsync();
        await _system.DisposeAsync();
    }

    private static void Configure(RemoteOptions options)
    {
        // A worker that was killed never comes back to its address, so two quick attempts to reconnect are enough to know. One
        // that is only stopped for a while keeps its connection and costs no attempt.
        options.Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(100), MaxAttempts = 2 };

        // On a busy machine the first call of a process that has just started may take its time.
        options.RequestTimeout = TimeSpan.FromSeconds(30);
    }

    // The token does not go into the request: Proto.Actor would say that it timed out.
    private Task<T> RequestAsync<T>(PID target, object message, CancellationToken cancellation) =>
        _system.Root.RequestAsync<T>(target, message, CancellationToken.None).WaitAsync(cancellation);
}
