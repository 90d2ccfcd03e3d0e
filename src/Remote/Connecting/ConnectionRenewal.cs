namespace Remote;

/// <summary>
/// After new certificates came into use, replaces the connections that were made with the former ones: one after the other, and no further than the
/// first that does not come back, so that a certificate that the peers do not like costs one connection and not all of them. Links resume, and lose
/// nothing by it. Connections without links end by themselves: to replace them would lose what is under way.
/// </summary>
internal sealed class ConnectionRenewal
{
    private readonly NodeContext _context;
    private readonly NodeTls _tls;
    private readonly EndpointDiallers _diallers;
    private readonly InboundStreams _inbound;
    private int _isRunning;

    public ConnectionRenewal(NodeContext context, NodeTls tls, EndpointDiallers diallers, InboundStreams inbound)
    {
        (_context, _tls, _diallers, _inbound) = (context, tls, diallers, inbound);
        tls.Changed += () => _ = RunAsync();
    }

    /// <summary>How long a connection may take to come back: dial, handshakes, and a first delay of the peer's.</summary>
    private TimeSpan Patience => _context.Options.ConnectTimeout + _context.Options.HandshakeTimeout;

    private bool IsOver => _diallers.IsStopping || _inbound.IsStopping;

    /// <summary>One loop at a time, and once more when there was a change meanwhile.</summary>
    private async Task RunAsync()
    {
        if (Interlocked.Exchange(ref _isRunning, 1) != 0)
        {
            return;
        }

        var replaced = 0;
        var generation = -1;
        while (generation != _tls.Generation && !IsOver)
        {
            generation = _tls.Generation;
            replaced += await ReplaceAllAsync(generation).ConfigureAwait(false);
        }

        Volatile.Write(ref _isRunning, 0);
        TlsLog.ConnectionsReplaced(_context.Log, replaced);
        if (generation != _tls.Generation && !IsOver)
        {
            await RunAsync().ConfigureAwait(false);
        }
    }

    private async Task<int> ReplaceAllAsync(int generation)
    {
        var replaced = 0;
        while (!IsOver && Next(generation) is { } next)
        {
            var isBack = await next.ReplaceAsync().ConfigureAwait(false);
            replaced += isBack ? 1 : 0;
            if (!isBack && !IsOver)
            {
                var delay = _tls.ReloadInterval == Timeout.InfiniteTimeSpan ? Patience : _tls.ReloadInterval;
                TlsLog.ReplacementHeld(_context.Log, next.Address, delay, _tls.Current().Description);
                await Task.Delay(delay, _context.Time, _context.Hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        return replaced;
    }

    /// <summary>The next connection that was made with a former certificate.</summary>
    private Replacement? Next(int generation)
    {
        foreach (var (endpoint, dialler) in _diallers.All)
        {
            if (dialler.Connection is { Answer: not null } connection && connection.Channel.TlsGeneration < generation)
            {
                return new Replacement(endpoint.Address, () => RedialAsync(endpoint, dialler, connection));
            }
        }

        foreach (var inbound in _inbound.All)
        {
            if (inbound.Link is not null && inbound.TlsGeneration < generation)
            {
                return new Replacement(inbound.Peer.Address, () => AbortAsync(inbound));
            }
        }

        return null;
    }

    private async Task<bool> RedialAsync(Endpoint endpoint, EndpointDialler dialler, EndpointConnection former)
    {
        dialler.RequestReconnect();
        await endpoint.WhenLeftAsync(EndpointState.Connected).WaitAsync(Patience, _context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ((Task)endpoint.WhenSettledAsync()).WaitAsync(Patience, _context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return dialler.Connection is { } present && present != former;
    }

    /// <summary>The peer has to dial again by itself, which it does as after any cut.</summary>
    private async Task<bool> AbortAsync(InboundStream former)
    {
        var isBack = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnAccepted(InboundStream inbound)
        {
            if (inbound != former && inbound.Peer.SystemId == former.Peer.SystemId && inbound.Peer.Address == former.Peer.Address)
            {
                isBack.TrySetResult();
            }
        }

        _inbound.Accepted += OnAccepted;
        try
        {
            former.Abort();
            await former.Ended.WaitAsync(Patience, _context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await isBack.Task.WaitAsync(Patience, _context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return isBack.Task.IsCompleted;
        }
        finally
        {
            _inbound.Accepted -= OnAccepted;
        }
    }

    private sealed record Replacement(string Address, Func<Task<bool>> ReplaceAsync);
}
