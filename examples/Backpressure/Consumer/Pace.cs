namespace Backpressure;

/// <summary>How fast the consumer works: so many messages a second, not at all, or as fast as it can. Thread-safe.</summary>
internal sealed class Pace(TimeProvider time)
{
    public const int Stopped = 0;
    public const int Unlimited = int.MaxValue;

    // A timer that comes late is made up for; a consumer that had nothing to do is not faster afterwards.
    private static readonly TimeSpan CatchUp = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private int _perSecond;
    private long _since;
    private long _taken;

    /// <summary>Takes effect at once, for those that wait already too.</summary>
    public void Set(int perSecond)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            (_perSecond, _since, _taken) = (perSecond, time.GetTimestamp(), 0);
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
    }

    /// <summary>Completes when the next message may be taken. No thread is blocked meanwhile.</summary>
    public async ValueTask NextAsync()
    {
        while (!TryTake(out var wait, out var changed))
        {
            await (wait is { } due ? Task.WhenAny(changed, Task.Delay(due, time)) : changed);
        }
    }

    /// <param name="wait">
    /// How long it is until the next message is due; <see langword="null"/> when none is until the pace changes. No time stands for that:
    /// a message that is exactly a millisecond late would be taken for <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </param>
    /// <param name="changed">Completes when the pace changes.</param>
    private bool TryTake(out TimeSpan? wait, out Task changed)
    {
        lock (_gate)
        {
            changed = _changed.Task;
            wait = _perSecond switch
            {
                Stopped => null,
                Unlimited => TimeSpan.Zero,
                _ => UntilDue(),
            };
            if (wait is null || wait > TimeSpan.Zero)
            {
                return false;
            }

            _taken++;
            return true;
        }
    }

    private TimeSpan UntilDue()
    {
        // Counted from the start, not from the last message, so that nothing adds up.
        var wait = TimeSpan.FromSeconds(_taken / (double)_perSecond) - time.GetElapsedTime(_since);
        if (wait >= -CatchUp)
        {
            return wait;
        }

        _since = time.GetTimestamp() - (long)(CatchUp.TotalSeconds * time.TimestampFrequency);
        _taken = 0;
        return -CatchUp;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
