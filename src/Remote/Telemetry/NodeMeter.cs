using System.Diagnostics.Metrics;

namespace Remote;

/// <summary>
/// The instruments of a node. Each is observed: it reads, when somebody collects, what the node counts anyway. The hot paths know nothing of it, and
/// while nobody collects nothing is done.
/// </summary>
/// <remarks>A meter of a factory is the factory's, and goes on showing the last figures until that is disposed of.</remarks>
internal sealed class NodeMeter : IDisposable
{
    private readonly Meter _meter;

    public NodeMeter(NodeParts parts, IMeterFactory? factory)
    {
        var context = parts.Context;
        var options = new MeterOptions(RemoteTelemetry.MeterName)
        {
            Version = typeof(NodeMeter).Assembly.GetName().Version?.ToString(3),

            // Nodes of one process would be taken for one without it.
            Tags = [new(RemoteTelemetry.NodeTag, context.Address)],
        };
        _meter = factory?.Create(options) ?? new Meter(options);
        PeerInstruments.AddTo(_meter, new SharedPicture(parts.Table.Shares, context.Time));
        _meter.CreateObservableUpDownCounter(
            RemoteTelemetry.EndpointCount, () => ByState(parts.Table), "{endpoint}", "Endpoints, those still remembered included.");
        _meter.CreateObservableUpDownCounter(RemoteTelemetry.InboundStreams, () => (long)parts.Streams.Count, "{stream}", "Streams of peers that are served.");
        _meter.CreateObservableUpDownCounter(RemoteTelemetry.InboundLinks, () => (long)parts.Links.Count, "{link}", "Links that lead to this node.");
        _meter.CreateObservableCounter(
            RemoteTelemetry.DeadLetters, () => By(RemoteTelemetry.ReasonTag, context.DeadLetters.Counts.Snapshot()), "{message}", "Messages that could not be delivered.");
        _meter.CreateObservableCounter(
            RemoteTelemetry.LimitRefusals, () => By(RemoteTelemetry.LimitTag, context.Refusals.Snapshot()), "{refusal}", "What limits have refused to peers.");
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>With those that nothing is in: a count that is not said any more does not look like 0.</summary>
    private static Measurement<long>[] ByState(EndpointTable table)
    {
        var counts = table.All.CountBy(static endpoint => endpoint.State).ToDictionary();
        return [.. Enum.GetValues<EndpointState>().Select(state => Tagged(counts.GetValueOrDefault(state), RemoteTelemetry.StateTag, state.ToString()))];
    }

    private static Measurement<long>[] By(string tag, IEnumerable<KeyValuePair<string, long>> counts) =>
        [.. counts.Select(count => Tagged(count.Value, tag, count.Key))];

    private static Measurement<long> Tagged(long count, string tag, string value) => new(count, new KeyValuePair<string, object?>(tag, value));
}
