using System.Diagnostics.Metrics;

namespace Remote;

/// <summary>A counter of what happened with peers, by their tag, and by a second one if it has that. Thread-safe.</summary>
/// <param name="name">The name of the instrument.</param>
/// <param name="unit">Its unit.</param>
/// <param name="description">In one sentence.</param>
/// <param name="read">The counts in the statistics of an address, by the value of the second tag.</param>
/// <param name="secondTag">That tag; <see langword="null"/> for none.</param>
internal sealed class PeerCounter(
    string name, string unit, string description, Func<EndpointStatistics, IEnumerable<KeyValuePair<string, long>>> read, string? secondTag = null)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Peer, string Second), long> _shown = [];

    /// <summary>A counter without a second tag.</summary>
    public PeerCounter(string name, string unit, string description, Func<EndpointStatistics, long> read)
        : this(name, unit, description, statistics => [new("", read(statistics))])
    {
    }

    public void AddTo(Meter meter, SharedPicture picture) =>
        meter.CreateObservableCounter(name, () => Measure(picture.For(this)), unit, description);

    /// <summary>The sums of the present, but never less than was shown before.</summary>
    public IReadOnlyList<Measurement<long>> Measure(IReadOnlyList<PeerShare> shares)
    {
        lock (_gate)
        {
            var sums = new Dictionary<(string, string), long>();
            foreach (var (tag, statistics) in shares)
            {
                foreach (var (second, count) in read(statistics))
                {
                    sums[(tag, second)] = sums.GetValueOrDefault((tag, second)) + count;
                }
            }

            // Counts are missing for moments: those of an endpoint that was retired, until it is closed, and those of an address that is being forgotten.
            foreach (var (series, sum) in sums)
            {
                _shown[series] = Math.Max(_shown.GetValueOrDefault(series), sum);
            }

            return [.. _shown.Select(series => Measurement(series.Key, series.Value))];
        }
    }

    private Measurement<long> Measurement((string Peer, string Second) series, long count) => secondTag is null
        ? new Measurement<long>(count, new KeyValuePair<string, object?>(RemoteTelemetry.PeerTag, series.Peer))
        : new Measurement<long>(
            count,
            new KeyValuePair<string, object?>(RemoteTelemetry.PeerTag, series.Peer),
            new KeyValuePair<string, object?>(secondTag, series.Second));
}
