namespace Remote.Testing;

/// <summary>
/// Decides when bytes of one direction of one connection may pass, and how many at a time. Faults may be changed by any thread at any
/// moment; one pump asks.
/// </summary>
internal sealed class NetworkGate(TimeProvider time, NetworkTotals? totals = null)
{
    // Small pieces let a slow direction flow instead of standing still for a second and then jumping.
    private const int PiecesPerSecond = 20;

    private readonly Lock _gate = new();
    private readonly Queue<(long Begin, long Due)> _underWay = [];
    private TaskCompletionSource _changed = NewSignal();
    private NetworkFaults _faults;
    private long _limit = long.MaxValue;
    private PumpEnd _atLimit = PumpEnd.Truncated;
    private bool _halfClosed;
    private long _takenIn;
    private long _lastDue;
    private long _passed;
    private long _swallowed;
    private long _nextAt;

    /// <summary>Bytes handed to the receiving side so far.</summary>
    public long Carried
    {
        get
        {
            lock (_gate)
            {
                return _passed - _swallowed;
            }
        }
    }

    /// <summary>Bytes that vanished: after that the direction cannot go on, for there is a hole in it.</summary>
    public bool HasHole
    {
        get
        {
            lock (_gate)
            {
                return _swallowed > 0;
            }
        }
    }

    public void Change(Func<NetworkFaults, NetworkFaults> change) => Change(() => _faults = change(_faults));

    /// <summary>Ends the direction once this many bytes have been carried in all.</summary>
    public void EndAfter(long bytes, PumpEnd end) => Change(() => (_limit, _atLimit) = (bytes, end));

    /// <summary>Ends the direction for its receiver at once; a pump that waits for bytes must be woken.</summary>
    public void HalfClose() => Change(() => _halfClosed = true);

    /// <summary>Bytes have come in and will be due after the delay of this moment. Without this they are due at once.</summary>
    public void TakeIn(long bytes)
    {
        lock (_gate)
        {
            if (_faults.Delay > TimeSpan.Zero || _underWay.Count > 0)
            {
                // Bytes are never due before earlier ones, also when the delay has been made shorter.
                _lastDue = Math.Max(_lastDue, time.GetTimestamp() + Ticks(_faults.Delay.TotalSeconds));
                _underWay.Enqueue((_takenIn, _lastDue));
            }

            _takenIn += bytes;
        }
    }

    /// <summary>Waits while nothing may pass.</summary>
    /// <param name="available">How many bytes there are; 0 asks whether the end of the direction may pass.</param>
    /// <param name="cut">Ends the wait.</param>
    public async ValueTask<Passage> AdmitAsync(long available, CancellationToken cut)
    {
        while (true)
        {
            Task changed;
            TimeSpan wait;
            lock (_gate)
            {
                wait = Decide(available, out var passage);
                if (wait == TimeSpan.Zero)
                {
                    return passage;
                }

                changed = _changed.Task;
            }

            await WaitAsync(changed, wait, cut).ConfigureAwait(false);
        }
    }

    /// <summary>Completes when the direction is not, or no longer, a black hole.</summary>
    public async Task WhenNotHoledAsync(CancellationToken cut)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (!_faults.Holed)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cut).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            _changed.TrySetResult();
            _changed = NewSignal();
        }
    }

    /// <summary>Zero when the passage holds; otherwise how long to wait before the next look.</summary>
    private TimeSpan Decide(long available, out Passage passage)
    {
        passage = default;
        if (_halfClosed)
        {
            passage = new Passage(0, Then: PumpEnd.HalfClosed);
            return TimeSpan.Zero;
        }

        if (_faults.Holed && available > 0)
        {
            _passed += available;
            _swallowed += available;
            passage = new Passage(available, Swallow: true);
            return TimeSpan.Zero;
        }

        if (_faults.Stalled || _faults.Holed)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var wait = WaitForDue(ref available);
        if (wait == TimeSpan.Zero && available > 0)
        {
            wait = WaitForPace(ref available);
        }

        if (wait == TimeSpan.Zero)
        {
            passage = Limit(available);
            _passed += passage.Bytes;
        }

        return wait;
    }

    private TimeSpan WaitForDue(ref long available)
    {
        var now = time.GetTimestamp();
        while (_underWay.TryPeek(out var next) && next.Due <= now)
        {
            _underWay.Dequeue();
        }

        if (!_underWay.TryPeek(out var late))
        {
            return TimeSpan.Zero;
        }

        available = Math.Min(available, late.Begin - _passed);
        return available > 0 ? TimeSpan.Zero : time.GetElapsedTime(now, late.Due);
    }

    private TimeSpan WaitForPace(ref long available)
    {
        if (_faults.BytesPerSecond == 0)
        {
            return TimeSpan.Zero;
        }

        var now = time.GetTimestamp();
        if (_nextAt > now)
        {
            return time.GetElapsedTime(now, _nextAt);
        }

        available = Math.Min(available, Math.Max(1, _faults.BytesPerSecond / PiecesPerSecond));
        _nextAt = now + Ticks((double)available / _faults.BytesPerSecond);
        return TimeSpan.Zero;
    }

    private Passage Limit(long available)
    {
        var end = available >= _limit - _passed ? _atLimit : (PumpEnd?)null;
        available = Math.Min(available, Math.Max(0, _limit - _passed));
        if (totals is null || available == 0)
        {
            return new Passage(available, Then: end);
        }

        var shared = totals.Admit(available);
        return shared.Then is null ? new Passage(available, Then: end) : shared;
    }

    private async Task WaitAsync(Task changed, TimeSpan wait, CancellationToken cut)
    {
        if (wait == Timeout.InfiniteTimeSpan)
        {
            await changed.WaitAsync(cut).ConfigureAwait(false);
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cut);
        var due = Task.Delay(wait, time, over.Token);
        await Task.WhenAny(changed, due).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cut.ThrowIfCancellationRequested();
    }

    private long Ticks(double seconds) => (long)(seconds * time.TimestampFrequency);
}
