using System.Diagnostics;

namespace Remote;

/// <summary>
/// A client, from its first stream to its end: its endpoint, which only the client itself can connect. If the client keeps a link, the
/// endpoint outlives its streams: it waits for the client to come back, and ends when that takes too long (decision page 0017).
/// </summary>
/// <remarks>
/// At any time either one stream owns the session, or it waits without an owner. It is closed exactly once: by the caller that ends it
/// while it waits, or else by the stream that owns it.
/// </remarks>
internal sealed class ClientSession
{
    private readonly NodeContext _context;
    private readonly ClientSessions _all;
    private readonly InboundLinkState? _link;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private InboundStream? _owner;
    private string? _certificate;
    private EndpointTerminatedReason? _ending;
    private bool _isDismissed;
    private ITimer? _patience;
    private int _losses;
    private long _lostAt;
    private bool _everConnected;

    /// <summary>Begins with the client's first stream, which owns the session. If it carries no link, the session ends with it.</summary>
    public ClientSession(NodeContext context, ClientSessions all, Endpoint endpoint, InboundStream stream)
    {
        (_context, _all, _owner, _link, _certificate) = (context, all, stream, stream.Link, stream.Certificate);
        Endpoint = endpoint;
        endpoint.PeerSystemId = stream.Peer.SystemId;

        // Not on the thread that found the lane full: it may be that of any actor.
        endpoint.ControlOverflowed = () => ThreadPool.UnsafeQueueUserWorkItem(
            static session => session.End(EndpointTerminatedReason.ControlOverflow), this, preferLocal: false);
    }

    public Endpoint Endpoint { get; }

    public string Address => Endpoint.Address;

    /// <summary>Completes when the endpoint is closed, and another session may take its name.</summary>
    public Task Closed => _closed.Task;

    public string SystemId => Endpoint.PeerSystemId!;

    /// <summary>A new stream of the same link takes the session over; <see langword="false"/> when it has ended meanwhile.</summary>
    public bool TryResume(InboundStream stream)
    {
        lock (_gate)
        {
            if (_ending is not null)
            {
                return false;
            }

            Debug.Assert(_owner is null, "The link belongs to one stream at a time, and so does the session.");

            // It holds the link, so it is the client, whose certificate may have been renewed.
            (_owner, _certificate) = (stream, stream.Certificate);
            _patience?.Dispose();
            return true;
        }
    }

    /// <summary>The present stream was accepted: messages flow on it from here on. Only its owner calls this.</summary>
    public EndpointWriter Attach(FrameWriter frames, OutboundTranslation translation, LinkAnswer? towards)
    {
        if (_everConnected)
        {
            Endpoint.ReissueWatches();
        }

        var writer = Endpoint.Attach(frames, translation, towards);
        Endpoint.Record.Connected(SystemId, _everConnected, _context.Time.GetUtcNow());
        if (_everConnected)
        {
            var outage = _context.Time.GetElapsedTime(_lostAt);
            RemoteLog.ClientReturned(_context.Log, Address, outage);
            _context.Events.Publish(new EndpointReconnected(Address, SystemId, 1, outage));
        }
        else
        {
            _everConnected = true;
            RemoteLog.ClientConnected(_context.Log, Address);
            _context.Events.Publish(new EndpointConnected(Address, SystemId));
        }

        return writer;
    }

    /// <summary>The stream that owns the session is over and nothing is read or written on it any more.</summary>
    /// <param name="why">Why the client will not come back; <see langword="null"/> when it may.</param>
    /// <param name="error">The failure of the stream.</param>
    public void StreamEnded(EndpointTerminatedReason? why, Exception error)
    {
        var timeout = _context.Options.Link.ClientResumeTimeout;
        if (_link is null || timeout == TimeSpan.Zero)
        {
            why ??= EndpointTerminatedReason.ClientLost;
        }

        if (_all.IsBlocked(this))
        {
            // The stream noticed the block before it was reset. A blocked client is not waited for.
            why = EndpointTerminatedReason.Blocked;
        }

        Endpoint.Record.Disconnected(why is null or EndpointTerminatedReason.ClientLost ? error.Message : null);
        bool waits;
        lock (_gate)
        {
            _ending ??= why;
            waits = _ending is null;
        }

        if (waits)
        {
            // The session is still owned here; at any moment after, another thread may end it.
            BeginWait(timeout, error);
        }

        lock (_gate)
        {
            _owner = null;
            if (_isDismissed)
            {
                // Asked of a stream that was over by then.
                _ending ??= EndpointTerminatedReason.Disconnected;
            }

            if (_ending is null)
            {
                var loss = ++_losses;
                _patience = Detached.Timer(_context.Time, _ => OnTimeout(loss), null);
                _patience.Change(timeout, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        Close();
    }

    /// <summary>Ends the session: at once if it waits, with its stream otherwise, which is reset. Idempotent.</summary>
    public void End(EndpointTerminatedReason why)
    {
        InboundStream? owner;
        lock (_gate)
        {
            if (_ending is not null)
            {
                return;
            }

            _ending = why;
            owner = _owner;
        }

        if (owner is null)
        {
            Close();
        }
        else
        {
            owner.Abort();
        }
    }

    /// <summary>
    /// Leaves the client: its stream ends in good order, after what waits for it was written; without one the session ends at once. Await
    /// <see cref="Closed"/>.
    /// </summary>
    public void Dismiss()
    {
        InboundStream? owner;
        lock (_gate)
        {
            _isDismissed = true;
            owner = _owner;
        }

        if (owner is null)
        {
            End(EndpointTerminatedReason.Disconnected);
        }
        else
        {
            owner.Leave(EndpointTerminatedReason.Disconnected);
        }
    }

    /// <summary>Ends the session in favour of another one with its name, unless it has a stream. Await <see cref="Closed"/>.</summary>
    /// <param name="by">The first stream of the other one. Its id is no secret: it must have shown the certificate that this one did.</param>
    public bool TryDisplace(InboundStream by)
    {
        lock (_gate)
        {
            if (_ending is not null || _owner is not null || by.Certificate != _certificate)
            {
                return _ending is not null;
            }

            _ending = EndpointTerminatedReason.ClientLost;
        }

        Close();
        return true;
    }

    /// <summary>The session does not begin, for its name is taken: whoever found it meanwhile, and awaits its end, is let go.</summary>
    public void GiveUp() => _closed.TrySetResult();

    private void BeginWait(TimeSpan timeout, Exception error)
    {
        _lostAt = _context.Time.GetTimestamp();
        Endpoint.SetState(EndpointState.Backoff);
        if (_context.Options.Reconnect.Outage == OutagePolicy.DeadLetter)
        {
            Endpoint.BeginOutage();
        }

        RemoteLog.ClientAwaited(_context.Log, Address, timeout, error.Message);
        _context.Events.Publish(new EndpointReconnecting(Address, 1, timeout, error));
    }

    private void OnTimeout(int loss)
    {
        lock (_gate)
        {
            if (_ending is not null || _owner is not null || _losses != loss)
            {
                return;
            }

            _ending = EndpointTerminatedReason.ClientLost;
        }

        var timeout = _context.Options.Link.ClientResumeTimeout;
        var error = new RemoteException(RemoteError.Timeout, $"{Address} did not come back within {timeout}.") { Address = Address };
        _context.Events.Publish(new EndpointReconnectFailed(Address, 1, error));
        Close();
    }

    private void Close()
    {
        var why = _ending!.Value;
        if (_all.IsBlocked(this))
        {
            // The block is the reason, whatever was noticed first.
            why = EndpointTerminatedReason.Blocked;
            Endpoint.IsBlockedHere = true;
        }

        _patience?.Dispose();
        Endpoint.Close(why, DeadLetterReason.Of(why), TimeSpan.Zero);
        _all.Closed(this, _link);
        _closed.TrySetResult();
    }
}
