using Remote.Actors;
using Remote.Transport;

namespace Remote;

/// <summary>
/// Connects the endpoint of a peer with a listener, keeps it connected, and ends it. One loop per endpoint life; it owns the connection.
/// </summary>
internal sealed class EndpointDialler
{
    // A connection that lived this long counts as progress even if nothing was written.
    private static readonly TimeSpan ProgressAfter = TimeSpan.FromSeconds(30);

    private readonly RemoteNode _node;
    private readonly Endpoint _endpoint;
    private readonly ReconnectBackoff _backoff;
    private readonly StopRequest _stop = new();
    private readonly TaskCompletionSource _ended = NewSignal();
    private TaskCompletionSource _redial = NewSignal();
    private bool _everConnected;
    private long _lostAt;

    public EndpointDialler(RemoteNode node, Endpoint endpoint)
    {
        _node = node;
        _endpoint = endpoint;
        _backoff = new ReconnectBackoff(node.Options.Reconnect, node.NewRandom());
        endpoint.ControlOverflowed = () => RequestStop(EndpointTerminatedReason.ControlOverflow);
    }

    /// <summary>Completes when the endpoint is closed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the loop on the pool. The caller holds the endpoint's writer role and passes it on.</summary>
    public void Start() => _ = Task.Run(RunAsync);

    /// <summary>Ends the endpoint; queued messages are written if there is a connection. Await <see cref="Ended"/>.</summary>
    public void RequestStop(EndpointTerminatedReason reason) => _stop.Request(reason);

    /// <summary>Ends the endpoint at once, and writes nothing more: the peer was blocked. Await <see cref="Ended"/>.</summary>
    public void RequestCut()
    {
        // Messages are refused from now on; the loop ends the rest in its own time.
        _ = _endpoint.DrainAsync(RemoteDeadLetterReasons.Blocked);
        _stop.RequestCut();
    }

    /// <summary>Drops the connection, or cuts the present delay short, and dials with a fresh schedule.</summary>
    public void RequestReconnect() => Volatile.Read(ref _redial).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        var why = EndpointTerminatedReason.Unreachable;
        try
        {
            Verdict verdict;
            do
            {
                verdict = await AttemptAsync().ConfigureAwait(false);
                why = verdict.Why;
            }
            while (!verdict.IsFinal);
        }
        catch (Exception exception)
        {
            // An exception inside an endpoint is a disconnect, never a crash.
            RemoteLog.EndpointFaulted(_node.Log, _endpoint.Address, exception);
        }
        finally
        {
            if (why != EndpointTerminatedReason.Merged)
            {
                _endpoint.IsBlockedHere = why == EndpointTerminatedReason.Blocked && _stop.IsBlocking;
                _endpoint.Close(why, ReasonOf(why), QuarantineAfter(why));
            }

            _node.Endpoints.Ended(_endpoint);
            _ended.TrySetResult();
        }
    }

    /// <summary>Dials once and stays while the connection stands; then waits for the next attempt.</summary>
    private async Task<Verdict> AttemptAsync()
    {
        // 1. An end, a block or a fresh schedule that was asked for comes before the dial.
        if (_stop.Requested.IsCompleted)
        {
            return Verdict.Final(_stop.Reason);
        }

        if (_node.Blockade.IsBlocked(systemId: null, _endpoint.Address))
        {
            // The peer was blocked while this endpoint was made, too early for the blockade to find it.
            return Blocking();
        }

        if (_redial.Task.IsCompleted)
        {
            Volatile.Write(ref _redial, NewSignal());
            _backoff.Reset();
        }

        // 2. The dial; the system that answers is judged.
        _endpoint.SetState(EndpointState.Connecting);
        Exception failure;
        try
        {
            await using var connection = await EndpointConnection.DialAsync(_node, _endpoint.Address, _endpoint.NextOffer(), _stop.Token).ConfigureAwait(false);
            if (Judge(connection) is { } refused)
            {
                return refused;
            }

            // 3. The link begins or resumes.
            switch (_endpoint.BeginLink(connection))
            {
                case LinkBegin.Unknown:
                    // The next dial follows at once, with a new link, which cannot be unknown.
                    RemoteLog.LinkUnknown(_node.Log, _endpoint.Address);
                    return Verdict.Again;
                case LinkBegin.Violation:
                    throw new RemoteException(RemoteError.ProtocolViolation, $"{_endpoint.Address} answered with an impossible state of the link.") { Address = _endpoint.Address };
            }

            // 4. Messages flow until one side leaves or the stream breaks.
            _endpoint.SetState(EndpointState.Connected);
            Announce(connection);
            var since = _node.Time.GetTimestamp();
            var outcome = await ServeAsync(connection).ConfigureAwait(false);
            if (outcome.Why is { } why)
            {
                _endpoint.Record.Disconnected(error: null);
                return Verdict.Final(why);
            }

            failure = outcome.Error!;
            Break(since, failure);
        }
        catch (OperationCanceledException) when (_stop.Token.IsCancellationRequested)
        {
            return Verdict.Final(_stop.Reason);
        }
        catch (RemoteException exception) when (exception.Error == RemoteError.Blocked)
        {
            return BlockedByPeer(exception);
        }
        catch (GrpcException exception) when (HandshakeRefusal.IsPermanent(exception.Status.Code))
        {
            RemoteLog.RefusedByPeer(_node.Log, _endpoint.Address, exception.Message);
            _endpoint.Record.Disconnected(exception.Message);
            return Verdict.Final(EndpointTerminatedReason.Refused);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        // 5. A dial that failed, and a stream that broke, are followed by a delay.
        return await BackOffAsync(failure).ConfigureAwait(false);
    }

    /// <summary>Lets messages flow until one side leaves or the stream breaks.</summary>
    private async Task<StreamOutcome> ServeAsync(EndpointConnection connection)
    {
        if (_everConnected)
        {
            _endpoint.ReissueWatches();
        }

        _everConnected = true;
        using var session = DialledSession.Begin(_node, _endpoint, connection, _stop);
        try
        {
            return await session.RunAsync(_stop.Requested, _redial.Task).ConfigureAwait(false);
        }
        finally
        {
            _lostAt = _node.Time.GetTimestamp();
        }
    }

    /// <summary>Judges the system that answered: ourselves, a peer we know by another address, a new incarnation.</summary>
    private Verdict? Judge(EndpointConnection connection)
    {
        var systemId = connection.PeerSystemId;
        if (systemId == _node.ActorSystem.Id)
        {
            RemoteLog.OwnAddress(_node.Log, _endpoint.Address, _node.Address);
            return Verdict.Final(EndpointTerminatedReason.OwnAddress);
        }

        if (_endpoint.PeerSystemId is { } former && former != systemId)
        {
            RemoteLog.IncarnationEnded(_node.Log, _endpoint.Address, former, systemId);
            _node.Incarnations.Ended.Add(_endpoint.Address, former);
            _node.IncarnationEnded?.Invoke(former);
            return Verdict.Final(EndpointTerminatedReason.IncarnationEnded);
        }

        _endpoint.PeerSystemId = systemId;
        if (_node.Blockade.IsBlocked(systemId, _endpoint.Address))
        {
            return Blocking();
        }

        if (_node.Endpoints.ClaimSystem(systemId, _endpoint) is { } other)
        {
            _endpoint.MoveTo(other);
            return Verdict.Final(EndpointTerminatedReason.Merged);
        }

        return null;
    }

    private void Announce(EndpointConnection connection)
    {
        var address = _endpoint.Address;
        if (_endpoint.Record.SetBlockedByPeer(false))
        {
            _node.Publish(new EndpointUnblocked(address, connection.PeerSystemId, BlockedBy.Peer));
        }

        _endpoint.Record.Connected(connection.PeerSystemId, _everConnected, _node.Time.GetUtcNow());
        if (_everConnected)
        {
            // A requested dial begins a fresh schedule, and is a retry all the same.
            var (attempts, outage) = (Math.Max(1, _backoff.Attempts), _node.Time.GetElapsedTime(_lostAt));
            RemoteLog.Reconnected(_node.Log, address, attempts, outage);
            _node.Publish(new EndpointReconnected(address, connection.PeerSystemId, attempts, outage));
        }
        else
        {
            RemoteLog.Connected(_node.Log, address, connection.PeerSystemId);
            _node.Publish(new EndpointConnected(address, connection.PeerSystemId));
        }
    }

    /// <summary>A stream broke: reports its uncertain messages, and starts the schedule anew after progress.</summary>
    private void Break(long since, Exception failure)
    {
        _endpoint.Record.Disconnected(failure.Message);
        if (_endpoint.ReportUnconfirmed() > 0 || _endpoint.MadeProgress || _node.Time.GetElapsedTime(since) > ProgressAfter)
        {
            _backoff.Reset();
        }
    }

    private async Task<Verdict> BackOffAsync(Exception failure)
    {
        if (_stop.Requested.IsCompleted)
        {
            return Verdict.Final(_stop.Reason);
        }

        if (_node.Blockade.IsBlocked(_endpoint.PeerSystemId, _endpoint.Address))
        {
            // The stream's reader noticed the block before this endpoint was told.
            return Blocking();
        }

        var isAsked = _redial.Task.IsCompleted;
        if (isAsked)
        {
            // A requested dial is no failure: it must not use the attempts up.
            _backoff.Reset();
        }

        if (!_backoff.TryNext(out var delay))
        {
            RemoteLog.AttemptsUsedUp(_node.Log, _endpoint.Address, _backoff.Attempts, failure);
            _node.Publish(new EndpointReconnectFailed(_endpoint.Address, _backoff.Attempts, failure));
            return Verdict.Final(EndpointTerminatedReason.Unreachable);
        }

        delay = isAsked ? TimeSpan.Zero : delay;
        _endpoint.Record.Disconnected(failure.Message);
        _endpoint.SetState(EndpointState.Backoff);
        if (_node.Options.Reconnect.Outage == OutagePolicy.DeadLetter)
        {
            _endpoint.BeginOutage();
        }

        RemoteLog.Reconnecting(_node.Log, _endpoint.Address, _backoff.Attempts, delay, failure.Message.TrimEnd('.'));
        _node.Publish(new EndpointReconnecting(_endpoint.Address, _backoff.Attempts, delay, failure));
        using var waited = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await Task.WhenAny(Task.Delay(delay, _node.Time, waited.Token), _redial.Task).ConfigureAwait(false);
        await waited.CancelAsync().ConfigureAwait(false);
        return Verdict.Again;
    }

    private Verdict Blocking()
    {
        _stop.FoundBlocked();
        return Verdict.Final(EndpointTerminatedReason.Blocked);
    }

    /// <summary>Only an operator of the peer can unblock this node, so no further attempts are made.</summary>
    private Verdict BlockedByPeer(RemoteException answer)
    {
        RemoteLog.Blocked(_node.Log, _endpoint.Address);
        _endpoint.Record.Disconnected(answer.Message);
        _endpoint.PeerSystemId ??= answer.SystemId;
        if (_endpoint.Record.SetBlockedByPeer(true))
        {
            _node.Publish(new EndpointBlocked(_endpoint.Address, answer.SystemId, BlockedBy.Peer, answer.Message));
        }

        return Verdict.Final(EndpointTerminatedReason.Blocked);
    }

    /// <summary>The reason of an endpoint's dead letters when it ends for this reason.</summary>
    public static DeadLetterReason ReasonOf(EndpointTerminatedReason why) => why switch
    {
        EndpointTerminatedReason.Shutdown => DeadLetterReason.Shutdown,
        EndpointTerminatedReason.Blocked => RemoteDeadLetterReasons.Blocked,
        EndpointTerminatedReason.ControlOverflow => RemoteDeadLetterReasons.ControlOverflow,
        EndpointTerminatedReason.IncarnationEnded => RemoteDeadLetterReasons.IncarnationEnded,
        _ => RemoteDeadLetterReasons.EndpointClosed,
    };

    /// <summary>
    /// Only an address that did not work is given a rest. A peer that left in good order, or was replaced, may be dialled again by the next
    /// message (decision page 0008).
    /// </summary>
    private TimeSpan QuarantineAfter(EndpointTerminatedReason why) => why switch
    {
        EndpointTerminatedReason.PeerLeft or EndpointTerminatedReason.IncarnationEnded
            or EndpointTerminatedReason.Shutdown or EndpointTerminatedReason.Disconnected => TimeSpan.Zero,
        _ => _node.Options.QuarantineDuration,
    };

    private readonly record struct Verdict(bool IsFinal, EndpointTerminatedReason Why)
    {
        public static Verdict Again => default;

        public static Verdict Final(EndpointTerminatedReason why) => new(true, why);
    }
}
