namespace Remote.Actors;

/// <summary>The root actors of a guardian. Spawned and stopped from any thread, so it has a lock of its own.</summary>
internal sealed class ChildSet
{
    private readonly Lock _lock = new();
    private readonly HashSet<PID> _pids = [];
    private TaskCompletionSource? _empty;

    public void Add(PID pid)
    {
        lock (_lock)
        {
            _pids.Add(pid);
        }
    }

    public void Remove(PID pid)
    {
        lock (_lock)
        {
            _pids.Remove(pid);
            if (_pids.Count == 0)
            {
                _empty?.TrySetResult();
            }
        }
    }

    public IReadOnlyCollection<PID> Snapshot()
    {
        lock (_lock)
        {
            return [.. _pids];
        }
    }

    public Task WaitUntilEmptyAsync()
    {
        lock (_lock)
        {
            _empty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_pids.Count == 0)
            {
                _empty.TrySetResult();
            }

            return _empty.Task;
        }
    }
}
