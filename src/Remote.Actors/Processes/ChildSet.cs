namespace Remote.Actors;

/// <summary>The root actors of a guardian. Spawned and stopped from any thread, so it has a lock of its own.</summary>
internal sealed class ChildSet
{
    private readonly Lock _lock = new();
    private readonly HashSet<PID> _pids = [];
    private TaskCompletionSource? _empty;
    private bool _isClosed;

    /// <summary>False when the set is closed: nobody joins any more.</summary>
    public bool TryAdd(PID pid)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return false;
            }

            // A name is free a moment before its former holder has left the set.
            _pids.Remove(pid);
            return _pids.Add(pid);
        }
    }

    /// <summary>Lets nobody join from now on and gives those who are there.</summary>
    public IReadOnlyCollection<PID> Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            return [.. _pids];
        }
    }

    /// <summary>Removes this very actor, not a later one of the same name.</summary>
    public void Remove(PID pid)
    {
        lock (_lock)
        {
            if (_pids.TryGetValue(pid, out var present) && ReferenceEquals(present, pid))
            {
                _pids.Remove(pid);
            }

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
