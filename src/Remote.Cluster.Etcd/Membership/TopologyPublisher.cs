using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Etcd;

/// <summary>
/// Hands the members to Proto.Cluster, on a loop of its own: its subscribers run on the thread that hands them over, and one of them that blocks may
/// cost neither the lease nor the watch. One list waits at most; a newer one takes its place, for each is whole. Thread-safe.
/// </summary>
internal sealed class TopologyPublisher(Action<IReadOnlyList<MemberRecord>> handOver, ILogger log)
{
    private readonly Channel<IReadOnlyList<MemberRecord>> _lists = Channel.CreateBounded<IReadOnlyList<MemberRecord>>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopped;

    /// <summary>Completes when the first list has been handed over.</summary>
    public Task First => _first.Task;

    /// <summary>Begins to hand over. Nothing of the caller's context is kept by the loop, which outlives it.</summary>
    public void Start()
    {
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(RunAsync);
        }
    }

    public void Publish(IReadOnlyList<MemberRecord> members) => _lists.Writer.TryWrite(members);

    /// <summary>
    /// Nothing is handed over that was not begun. Not awaited: a subscriber may be shutting the cluster down, and would wait for itself.
    /// </summary>
    public void Stop()
    {
        _stopped = true;
        _lists.Writer.TryComplete();
        _first.TrySetResult();
    }

    private async Task RunAsync()
    {
        await foreach (var members in _lists.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (_stopped)
            {
                return;
            }

            try
            {
                handOver(members);
            }
            catch (Exception exception)
            {
                EtcdLog.HandOverFailed(log, members.Count, exception);
            }

            _first.TrySetResult();
        }
    }
}
