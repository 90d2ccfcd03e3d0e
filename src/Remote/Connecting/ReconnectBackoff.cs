namespace Remote;

/// <summary>
/// The schedule of retries: exponential, capped, then jittered. Pure: it holds no timer and reads no clock.
/// </summary>
internal sealed class ReconnectBackoff(ReconnectOptions options, Random random)
{
    private double _nextMilliseconds = options.InitialDelay.TotalMilliseconds;

    /// <summary>Retries handed out since the last reset.</summary>
    public int Attempts { get; private set; }

    /// <summary>The next delay, or <see langword="false"/> when the attempts are used up.</summary>
    public bool TryNext(out TimeSpan delay)
    {
        if (options.MaxAttempts != 0 && Attempts >= options.MaxAttempts)
        {
            delay = default;
            return false;
        }

        Attempts++;
        var capped = Math.Min(_nextMilliseconds, options.MaxDelay.TotalMilliseconds);
        _nextMilliseconds = Math.Min(_nextMilliseconds * options.Multiplier, options.MaxDelay.TotalMilliseconds);

        // Jitter comes after the cap, or every node that lost the same peer would come back in step once the cap is reached.
        var factor = options.Jitter == 0 ? 1 : 1 + (((random.NextDouble() * 2) - 1) * options.Jitter);

        // Whole milliseconds, as timers have them: the delay that events announce is the true one, and a test can move its clock by it.
        var milliseconds = capped * factor;
        delay = TimeSpan.FromMilliseconds(milliseconds < 1 ? milliseconds : Math.Floor(milliseconds));
        return true;
    }

    /// <summary>Starts the schedule anew after progress.</summary>
    public void Reset()
    {
        Attempts = 0;
        _nextMilliseconds = options.InitialDelay.TotalMilliseconds;
    }
}
