using System.Diagnostics.Metrics;

namespace Remote;

/// <summary>A figure of peers that goes up and down. Those of addresses with one tag are joined. Immutable.</summary>
/// <param name="name">The name of the instrument.</param>
/// <param name="unit">Its unit.</param>
/// <param name="description">In one sentence.</param>
/// <param name="read">The figure of an open endpoint; <see langword="null"/> when it has none.</param>
/// <param name="isSum">Whether figures are added up; the highest counts otherwise.</param>
internal sealed class PeerLevel(string name, string unit, string description, Func<EndpointStatistics, long?> read, bool isSum = true)
{
    public void AddTo(Meter meter, SharedPicture picture)
    {
        if (isSum)
        {
            meter.CreateObservableUpDownCounter(name, () => Measure(picture.For(this)), unit, description);
        }
        else
        {
            meter.CreateObservableGauge(name, () => Measure(picture.For(this)), unit, description);
        }
    }

    public IReadOnlyList<Measurement<long>> Measure(IReadOnlyList<PeerShare> shares)
    {
        var levels = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (tag, statistics) in shares.Where(static share => share.IsOpen))
        {
            if (read(statistics) is { } level)
            {
                levels[tag] = !levels.TryGetValue(tag, out var other) ? level : isSum ? level + other : Math.Max(level, other);
            }
        }

        return [.. levels.Select(static level => new Measurement<long>(level.Value, new KeyValuePair<string, object?>(RemoteTelemetry.PeerTag, level.Key)))];
    }
}
