namespace Remote.Tests;

/// <summary>A clock on which an hour goes by between any two looks: every message is a lone one.</summary>
internal sealed class HastyTime : TimeProvider
{
    private long _hours;

    public override long GetTimestamp() => Interlocked.Increment(ref _hours) * 3600 * TimestampFrequency;
}
