using System.Diagnostics;

namespace Remote.LoadTest;

/// <summary>Times of single requests, all of them kept: a percentile of buckets would be an estimate.</summary>
internal sealed class LatencySamples(int capacity)
{
    private readonly long[] _ticks = new long[capacity];
    private int _count;

    public int Count => _count;

    /// <summary>Adds one time in <see cref="Stopwatch"/> ticks. Not thread-safe: each requester has its own.</summary>
    public void Add(long ticks) => _ticks[_count++] = ticks;

    public void Clear() => _count = 0;

    public static LatencySamples Merge(IReadOnlyCollection<LatencySamples> parts)
    {
        var all = new LatencySamples(parts.Sum(part => part._count));
        foreach (var part in parts)
        {
            part._ticks.AsSpan(0, part._count).CopyTo(all._ticks.AsSpan(all._count));
            all._count += part._count;
        }

        return all;
    }

    /// <summary>The time that a share of the requests did not exceed, by the nearest rank.</summary>
    public double PercentileMicros(double share)
    {
        if (_count == 0)
        {
            throw new LoadTestException("No request was timed.");
        }

        Array.Sort(_ticks, 0, _count);
        var rank = Math.Clamp((int)Math.Ceiling(share * _count) - 1, 0, _count - 1);
        return _ticks[rank] * 1e6 / Stopwatch.Frequency;
    }
}
