namespace Remote.Cluster.Etcd;

/// <summary>Says that something has changed, not what. Take <see cref="Next"/> before looking, and no change is missed. Thread-safe.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next change.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    // Whoever sets it is a watch, or Proto.Remote in the middle of blocking: neither runs what waits for it.
    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
