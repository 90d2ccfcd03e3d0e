namespace Remote.Actors;

/// <summary>When an actor failed. Kept by the actor over its restarts and changed only while it is suspended.</summary>
/// <param name="timeProvider">The clock.</param>
public sealed class RestartStatistics(TimeProvider timeProvider)
{
    private readonly List<long> _failures = [];

    /// <summary>How many failures are remembered.</summary>
    public int FailureCount => _failures.Count;

    /// <summary>How long ago the last failure was; <see cref="TimeSpan.MaxValue"/> when there was none.</summary>
    public TimeSpan TimeSinceLastFailure => _failures.Count == 0 ? TimeSpan.MaxValue : timeProvider.GetElapsedTime(_failures[^1]);

    /// <summary>Remembers a failure, now.</summary>
    public void Fail() => _failures.Add(timeProvider.GetTimestamp());

    /// <summary>Forgets all failures.</summary>
    public void Reset() => _failures.Clear();

    /// <summary>How many failures happened in the last <paramref name="window"/>; older ones are forgotten.</summary>
    /// <param name="window">How far to look back; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    public int FailuresWithin(TimeSpan window)
    {
        if (window != Timeout.InfiniteTimeSpan)
        {
            var now = timeProvider.GetTimestamp();
            _failures.RemoveAll(time => timeProvider.GetElapsedTime(time, now) > window);
        }

        return _failures.Count;
    }
}
