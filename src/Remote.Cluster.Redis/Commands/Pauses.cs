namespace Remote.Cluster.Redis;

/// <summary>How long a waiting caller pauses between two looks. No timers and no state. Safe for many threads if the source of chance is.</summary>
internal sealed class Pauses(TimeSpan first, TimeSpan longest, Func<double> chance)
{
    /// <summary>The pause after look number <paramref name="look"/>, from 0: longer by half each time, up to the longest, and a quarter more or less.</summary>
    public TimeSpan After(int look)
    {
        // Beyond this exponent every pause is the longest, and the power might be infinite.
        var pause = Math.Min(first.TotalMilliseconds * Math.Pow(1.5, Math.Min(look, 60)), longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(pause * (0.75 + (0.5 * chance())));
    }

    /// <summary>Up to one longest pause, to spread those who wait for one point in time.</summary>
    public TimeSpan Spread() => longest * chance();
}
