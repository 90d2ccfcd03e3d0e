using Remote.Actors;

namespace Remote.EndToEnd.Tests;

/// <summary>
/// The watchers of a node, and what each of them watches: 1,000 actors, and 100 processes that are no actors. An actor keeps to itself what it is
/// told of an actor that it does not watch (any more); the processes let everything through, and so show a Terminated that comes twice.
/// </summary>
internal sealed class Watchers
{
    public const int Actors = 1000, Processes = 100;

    /// <summary>How many targets there are of each kind. All are shared by several watchers.</summary>
    public const int Lasting = 300, Ending = 50, Racing = 100;

    private readonly TestCoordinator _node;
    private readonly PID[] _actors;
    private readonly (int Watcher, PID Pid)[] _processes;

    public Watchers(TestCoordinator node)
    {
        _node = node;
        _actors = [.. Enumerable.Range(0, Actors).Select(i => node.Root.Spawn(Props.FromProducer(() => new WatcherActor(i, Ledger))))];
        _processes = [.. Enumerable.Range(Actors, Processes).Select(i => (i, WatcherProcess.Register(node, i, Ledger)))];
    }

    public static IEnumerable<int> All => Enumerable.Range(0, Actors + Processes);

    public WatchLedger Ledger { get; } = new();

    /// <summary>Six of ten watch an actor that lasts as long as its node, two of ten one that is stopped, two of ten one that is about to stop when the node ends.</summary>
    public static string TargetOf(int watcher) => (watcher % 10) switch
    {
        < 6 => $"lasting{watcher % Lasting}",
        < 8 => $"ending{watcher % Ending}",
        _ => $"racing{watcher % Racing}",
    };

    /// <summary>Lets each watcher watch these, in this order.</summary>
    public void Watch(Func<int, PID[]> targets)
    {
        for (var i = 0; i < Actors; i++)
        {
            _node.Root.Send(_actors[i], new Order(targets(i)));
        }

        foreach (var (watcher, pid) in _processes)
        {
            Array.ForEach(targets(watcher), target => WatcherProcess.Watch(_node, pid, target));
        }
    }

    private sealed record Order(PID[] Targets);

    private sealed class WatcherActor(int number, WatchLedger ledger) : IActor
    {
        public Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case Order order:
                    Array.ForEach(order.Targets, context.Watch);
                    break;
                case Terminated ended:
                    ledger.Told(number, ended);
                    break;
            }

            return Task.CompletedTask;
        }
    }
}
