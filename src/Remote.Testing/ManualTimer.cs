namespace Remote.Testing;

/// <summary>One timer of a <see cref="ManualTimeProvider"/>. The fields belong to the provider's lock.</summary>
internal sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
{
    public static readonly IComparer<ManualTimer> ByDueTime = Comparer<ManualTimer>.Create(static (left, right) =>
        left.Due != right.Due ? left.Due.CompareTo(right.Due) : left.Sequence.CompareTo(right.Sequence));

    private readonly ExecutionContext? _context = ExecutionContext.Capture();
    private readonly TaskCompletionSource _idleAfterDispose = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;

    public long Due { get; set; }

    public long Sequence { get; set; }

    /// <summary>Ticks between two runs; 0: runs once.</summary>
    public long Period { get; set; }

    public bool IsDisposed { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period) => clock.Schedule(this, dueTime, period);

    public void Dispose()
    {
        clock.Remove(this);
        if (Volatile.Read(ref _running) == 0)
        {
            _idleAfterDispose.TrySetResult();
        }
    }

    /// <summary>Like that of a real timer, complete once no callback is running.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return new ValueTask(_idleAfterDispose.Task);
    }

    /// <summary>Announces a run; under the provider's lock, so that no disposal slips between the decision and the run.</summary>
    public void Enter() => Interlocked.Increment(ref _running);

    public void Run()
    {
        // Timers of the platform run without this context. In that of a test, code below that assumes none (Kestrel's does) would go on in
        // it, and stop when the test has all of it occupied.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            if (_context is null)
            {
                callback(state);
            }
            else
            {
                ExecutionContext.Run(_context, static timer => ((ManualTimer)timer!).Invoke(), this);
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
            if (Interlocked.Decrement(ref _running) == 0 && IsDisposed)
            {
                _idleAfterDispose.TrySetResult();
            }
        }
    }

    private void Invoke() => callback(state);
}
