using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Remote.Tests;

/// <summary>
/// Makes the meter of one node and hears what it says. It is the scope of that meter, so that nodes of other tests are not heard. Like the
/// factory of an
/// application it keeps the meter when the node is over, and with it the last figures.
/// </summary>
internal sealed class MetricsProbe : IMeterFactory
{
    private readonly MeterListener _listener = new();
    private readonly List<KeptMeter> _meters = [];
    private readonly List<Instrument> _instruments = [];
    private readonly Dictionary<string, string> _tags = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Instrument, string Tag, double Value)> _measured = [];
    private Dictionary<string, long> _values = new(StringComparer.Ordinal);

    /// <param name="histograms">Whether it listens to what is measured when it happens, too.</param>
    public MetricsProbe(bool histograms = false)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this))
            {
                _instruments.Add(instrument);
                if (histograms || instrument.IsObservable)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => _measured.Enqueue((instrument.Name, Only(tags), value)));
        _listener.Start();
    }

    public IReadOnlyList<Instrument> Instruments => _instruments;

    /// <summary>What histograms were told, in order.</summary>
    public IReadOnlyCollection<(string Instrument, string Tag, double Value)> Measured => _measured;

    /// <summary>The names of the tags that an instrument had, in order.</summary>
    public IReadOnlyDictionary<string, string> TagNames => _tags;

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new KeptMeter(options);
        _meters.Add(meter);
        return meter;
    }

    /// <summary>
    /// What the instruments say now, by their name and the values of their tags: <c>remote.messages.failed peer:1 QueueFull</c>. A key
    /// that comes twice in
    /// one collection fails the test.
    /// </summary>
    public IReadOnlyDictionary<string, long> Collect()
    {
        _values = new Dictionary<string, long>(StringComparer.Ordinal);
        _listener.RecordObservableInstruments();
        return _values;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meters.ForEach(static meter => meter.End());
    }

    private void Record(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!instrument.IsObservable)
        {
            _measured.Enqueue((instrument.Name, Only(tags), value));
            return;
        }

        var key = instrument.Name;
        var names = "";
        foreach (var (name, tag) in tags)
        {
            key += $" {tag}";
            names += names.Length == 0 ? name : $" {name}";
        }

        _values.Add(key, value);
        _tags[instrument.Name] = names;
    }

    private static string Only(ReadOnlySpan<KeyValuePair<string, object?>> tags) => $"{tags[0].Key} {tags.ToArray().Single().Value}";

    private sealed class KeptMeter(MeterOptions options) : Meter(options)
    {
        public void End() => base.Dispose(disposing: true);

        protected override void Dispose(bool disposing)
        {
        }
    }
}
