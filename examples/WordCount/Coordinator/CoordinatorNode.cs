using Remote;
using Remote.Actors;

namespace WordCount;

/// <summary>The coordinator's own actor system, with a counter spawned on every worker.</summary>
internal sealed class CoordinatorNode : IAsyncDisposable
{
    private static readonly RemoteOptions Options = new()
    {
        // A worker that was killed never comes back to its address, so two quick attempts to reconnect are enough to know. One
        // that is only stopped for a while keeps its connection and costs no attempt.
        Reconnect = new ReconnectOptions { InitialDelay = TimeSpan.FromMilliseconds(100), MaxAttempts = 2 },
        // On a busy machine the first call of a process that has just started may take its time.
        RequestTimeout = TimeSpan.FromSeconds(30),
    };

    private readonly ActorSystem _system;
    private readonly RemoteHost _remote;
    private readonly Dictionary<int, PID> _counters = [];

    private CoordinatorNode(ActorSystem system, RemoteHost remote)
    {
        _system = system;
        _remote = remote;
    }

    /// <summary>Workers that have a counter.</summary>
    public int Counters => _counters.Count;

    public static async Task<CoordinatorNode> StartAsync()
    {
        var system = new ActorSystem();
        var remote = await RemoteHost.StartAsync(system, Options, setup => setup.AddMessages(WordcountReflection.Descriptor));
        return new CoordinatorNode(system, remote);
    }

    /// <summary>Spawns the counting kind on a worker; a worker that does not answer is said and left out.</summary>
    public async Task SpawnCounterAsync(WorkerProcess worker, Action<string> onFailed, CancellationToken cancellation)
    {
        try
        {
            var counter = await _remote.SpawnNamedAsync(worker.Address, $"counter-{worker.Number}", CounterActor.Kind, cancellation);
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
        var outcome = _system.Root.RequestAsync<CountOutcome>(coordinator, CountAll.Instance, cancellation);
        await display.ProgressAsync(
            outcome,
            CoordinatorActor.Window,
            () => _system.Root.RequestAsync<ProgressSnapshot>(coordinator, GetProgress.Instance, cancellation));
        return await outcome;
    }

    public async ValueTask DisposeAsync()
    {
        await _remote.DisposeAsync();
        await _system.DisposeAsync();
    }
}
