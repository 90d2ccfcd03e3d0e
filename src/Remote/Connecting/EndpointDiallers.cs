using System.Collections.Concurrent;

namespace Remote;

/// <summary>The diallers of a node: one for each endpoint that has begun and not ended. Thread-safe.</summary>
internal sealed class EndpointDiallers(
    NodeContext context, EndpointTable endpoints, PeerConnector connector, AnswerJudge judge, PeerBlockList blockList, StreamSessions sessions)
{
    private readonly ConcurrentDictionary<Endpoint, EndpointDialler> _diallers = new();
    private volatile bool _stopping;

    /// <summary>Whether this node shuts down: no new endpoint begins.</summary>
    public bool IsStopping => _stopping;

    /// <summary>The addresses of the peers that this node dials, or is connected to.</summary>
    public IReadOnlyList<string> Addresses => [.. _diallers.Keys.Select(endpoint => endpoint.Address)];

    /// <summary>Connects an endpoint. The caller holds its writer role and gives it away.</summary>
    public void Start(Endpoint endpoint)
    {
        var dialler = new EndpointDialler(context, endpoint, connector, judge, blockList, sessions, Forget);
        endpoint.ControlOverflowed = () => dialler.RequestStop(EndpointTerminatedReason.ControlOverflow);
        _diallers[endpoint] = dialler;
        if (_stopping)
        {
            dialler.RequestStop(EndpointTerminatedReason.Shutdown);
        }

        dialler.Start();
    }

    /// <summary>All of them, as they are now.</summary>
    public IReadOnlyList<KeyValuePair<Endpoint, EndpointDialler>> All => [.. _diallers];

    public EndpointDialler? Find(Endpoint endpoint) => _diallers.GetValueOrDefault(endpoint);

    /// <summary>Ends all endpoints: drains their lanes and leaves each peer.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        foreach (var dialler in _diallers.Values)
        {
            dialler.RequestStop(EndpointTerminatedReason.Shutdown);
        }

        await Task.WhenAll(_diallers.Values.Select(dialler => dialler.Ended)).ConfigureAwait(false);
    }

    private void Forget(Endpoint endpoint)
    {
        _diallers.TryRemove(endpoint, out _);
        endpoints.Ended(endpoint);
    }
}
