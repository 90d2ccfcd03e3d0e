using Proto;

namespace Remote.EndToEnd.Tests;

/// <summary>The watchers of a node, and what each of them watches.</summary>
internal sealed class Watchers
{
    public const int Count = 1000;

    /// <summary>How many targets there are of each kind. All are shared by several watchers.</summary>
    public const int Lasting = 300, Ending = 50, Racing = 100;

    private readonly TestCoordinator _node;
    private readonly PID[] _actors;

    public Watchers(TestCoordinator node)
    {
        _node = node;
        _actors = [.. All.Select(i => WatcherActor.Spawn(node, i, Ledger))];
    }

    public static IEnumerable<int> All => Enumerable.Range(0, Count);

    public WatchLedger Ledger { get; } = new();

    /// <summary>Six of ten watch an actor that lasts as long as its node, two of ten one that is stopped, two of ten one that is about to stop when the node ends.</summary>
    public static string TargetOf(int watcher) => (watcher % 10) switch
    {
        < 6 => $"lasting{watcher % Lasting}",
        < 8 => $"ending{watcher % Ending}",
        _ => $"racing{watcher % Racing}",
    };

    /// <summary>Lets each watcher watch these, in this order.</summary>
    public Task WatchAsync(Func<int, PID[]> targets) =>
        Task.WhenAll(_actors.Select((watcher, number) => WatcherActor.WatchAsync(_node, watcher, targets(number))));
}
