using System.Diagnostics.Metrics;

namespace Remote;

/// <summary>
/// The instruments of a node. All but <see cref="NodeHistograms"/> are observed: they read, when somebody collects, what the node counts
/// anyway. The hot paths know
/// nothing of them, and while nobody collects nothing is done.
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
        AddAccess(_meter, context.Gate.Counters);
        _meter.CreateObservableCounter(
            RemoteTelemetry.SerializationTypeFailures, () => ByType(context.SerializationFailures), "{message}", "Messages that could not be serialized or read, by type.");
        _meter.CreateObservableUpDownCounter(
            RemoteTelemetry.MailboxLength, () => By(RemoteTelemetry.ActorTag, context.Actors.Lengths()), "{message}", "Messages that wait for actors that are measured.");
        context.Histograms.AddTo(_meter);
    }

    public void Dispose() => _meter.Dispose();

    private static void AddAccess(Meter meter, AccessCounters access)
    {
        meter.CreateObservableCounter(RemoteTelemetry.DeniedPeers, () => access.Snapshot().DeniedPeers, "{call}", "Calls whose caller may not connect.");
        meter.CreateObservableCounter(RemoteTelemetry.ClosedPeers, () => access.Snapshot().ClosedPeers, "{connection}", "Connections closed without a word.");
        meter.CreateObservableCounter(
            RemoteTelemetry.DeniedOperations, () => By(RemoteTelemetry.OperationTag, access.Snapshot().DeniedOperations), "{operation}", "Operations that peers may not do.");
    }

    private static Measurement<long>[] ByType(SerializationFailureCounts counts) =>
    [
        .. counts.Snapshot().Select(static count => new Measurement<long>(
            count.Count,
            new KeyValuePair<string, object?>(RemoteTelemetry.DirectionTag, count.Direction),
            new KeyValuePair<string, object?>(RemoteTelemetry.TypeTag, count.Type))),
    ];

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
