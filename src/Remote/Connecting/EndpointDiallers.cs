using System.Collections.Concurrent;

namespace Remote;

/// <summary>The diallers of a node: one for each endpoint that has begun and not ended. Thread-safe.</summary>
internal sealed class EndpointDiallers(
    NodeContext context, EndpointTable endpoints, PeerConnector connector, AnswerJudge judge, PeerBlockList blockList, StreamSessions sessions)
{
    // So an endpoint that is not used is closed after ten to twelve tenths of the timeout.
    private const int LooksPerTimeout = 10;

    private readonly ConcurrentDictionary<Endpoint, EndpointDialler> _diallers = new();
    private readonly Lock _gate = new();
    private ITimer? _idle;
    private volatile bool _stopping;

    /// <summary>Whether this node shuts down: no new endpoint begins.</summary>
    public bool IsStopping => _stopping;

    /// <summary>The addresses of the peers that this node dials, or is connected to.</summary>
    public IReadOnlyList<string> Addresses => [.. _diallers.Keys.Select(endpoint => endpoint.Address)];

    /// <summary>Connects an endpoint. The caller holds its writer role and gives it away.</summary>
    public void Start(Endpoint endpoint)
    {
        var dialler = new EndpointDialler(context, endpoint, connector, judge, blockList, sessions, endpoints, Forget);
        endpoint.ControlOverflowed = () => dialler.RequestStop(EndpointTerminatedReason.ControlOverflow);
        _diallers[endpoint] = dialler;
        if (_stopping)
        {
            dialler.RequestStop(EndpointTerminatedReason.Shutdown);
        }

        dialler.Start();
        LookLater();
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
        lock (_gate)
        {
            _idle?.Dispose();
            _idle = null;
        }
    }

    /// <summary>One timer looks at all endpoints, while there are any. Nobody can dial a node without a listener, so that keeps its own.</summary>
    private void LookLater()
    {
        var timeout = context.Options.Endpoint.IdleTimeout;
        if (timeout == Timeout.InfiniteTimeSpan || context.IsClient)
        {
            return;
        }

        lock (_gate)
        {
            if (_idle is null && !_stopping)
            {
                _idle = Detached.Timer(context.Time, static diallers => ((EndpointDiallers)diallers!).Look(), this);

                // A timer of less than a millisecond would fire once.
                var period = TimeSpan.FromMilliseconds(Math.Max(1, (timeout / LooksPerTimeout).TotalMilliseconds));
                _idle.Change(period, period);
            }
        }
    }

    private void Look()
    {
        foreach (var dialler in _diallers.Values)
        {
            dialler.EndIfIdle(context.Options.Endpoint.IdleTimeout);
        }

        lock (_gate)
        {
            if (_diallers.IsEmpty)
            {
                _idle?.Dispose();
                _idle = null;
            }
        }
    }

    private void Forget(Endpoint endpoint)
    {
        _diallers.TryRemove(endpoint, out _);
        endpoints.Ended(endpoint);
    }
}
