using System.Threading.Channels;

namespace Remote.Tests;

/// <summary>Looks at a node's statistics whenever something may have changed, and remembers the first snapshot that is wrong.</summary>
internal sealed class StatisticsSampler
{
    private readonly ReliableRemote _remote;
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, EndpointStatistics> _last = [];
    private readonly Task _running;

    public StatisticsSampler(ReliableRemote remote)
    {
        _remote = remote;
        _running = Task.Run(RunAsync);
    }

    public int Snapshots { get; private set; }

    /// <summary>What was wrong; <see langword="null"/> so far nothing.</summary>
    public string? Fault { get; private set; }

    /// <summary>Something happened. Several of these may become one snapshot.</summary>
    public void Signal() => _due.Writer.TryWrite(true);

    /// <summary>Takes the last snapshot: after it, the node's statistics are what they will be.</summary>
    public async Task<IReadOnlyList<EndpointStatistics>> CompleteAsync()
    {
        Signal();
        _due.Writer.Complete();
        await _running.Within("the last snapshot");
        Look();
        return [.. _last.Values];
    }

    private async Task RunAsync()
    {
        while (await _due.Reader.WaitToReadAsync())
        {
            _due.Reader.TryRead(out _);
            Look();
        }
    }

    private void Look()
    {
        foreach (var snapshot in _remote.GetEndpoints())
        {
            Snapshots++;
            _last.TryGetValue(snapshot.Address, out var former);
            Fault ??= LedgerCheck.FaultOf(snapshot, former);
            _last[snapshot.Address] = snapshot;
        }
    }
}
