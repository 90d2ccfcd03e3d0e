using Grpc.Core;

namespace Remote;

/// <summary>
/// Connects the endpoint of a peer with a listener, keeps it connected, and ends it. One loop per endpoint life; it owns the connection.
/// </summary>
internal sealed class EndpointDialler(
    NodeContext context, Endpoint endpoint, PeerConnector connector, AnswerJudge judge, PeerBlockList blockList, StreamSessions sessions,
    EndpointTable endpoints, Action<Endpoint> forget)
{
    // A connection that lived this long counts as progress even if nothing was written.
    private static readonly TimeSpan ProgressAfter = TimeSpan.FromSeconds(30);

    private readonly ReconnectBackoff _backoff = new(context.Options.Reconnect, context.NewRandom());
    private readonly StopRequest _stop = new();
    private readonly TaskCompletionSource _ended = NewSignal();
    private TaskCompletionSource _redial = NewSignal();
    private volatile EndpointConnection? _connection;
    private bool _everConnected;
    private bool _wasUnknown;
    private long _lostAt;
    private long _activity = -1;
    private long _idleSince;
    private int _heard;

    /// <summary>Completes when the endpoint is closed and forgotten.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The present connection; <see langword="null"/> while there is none.</summary>
    public EndpointConnection? Connection => _connection;

    /// <summary>Starts the loop on the pool. The caller holds the endpoint's writer role and passes it on.</summary>
    public void Start() => _ = Detached.Run(RunAsync);

    /// <summary>Ends the endpoint; queued messages are written if there is a connection. Await <see cref="Ended"/>.</summary>
    public void RequestStop(EndpointTerminatedReason reason) => _stop.Request(reason);

    /// <summary>Ends the endpoint at once, and writes nothing more: the peer was blocked. Await <see cref="Ended"/>.</summary>
    public void RequestCut()
    {
        // Messages are refused from now on; the loop ends the rest in its own time.
        _ = endpoint.DrainAsync(DeadLetterReason.Blocked);
        _stop.RequestCut();
    }

    /// <summary>Ends the endpoint if nothing has gone through it for so long. Called now and then by one timer.</summary>
    public void EndIfIdle(TimeSpan timeout)
    {
        var activity = endpoint.Activity;

        // Only a Remote node says an address in its answer. What another one makes of a stream that ends in good order is not known.
        if (_activity != activity || endpoint.State != EndpointState.Connected || endpoint.WatchCount > 0 || endpoint.Advertised is null)
        {
            (_activity, _idleSince) = (activity, context.Time.GetTimestamp());
        }
        else if (context.Time.GetElapsedTime(_idleSince) >= timeout && endpoint.TryRetire())
        {
            RemoteLog.IdleClosed(context.Log, endpoint.Address, timeout);
            endpoints.Retired(endpoint);
            RequestStop(EndpointTerminatedReason.Idle);
        }
    }

    /// <summary>Drops the connection, or cuts the present delay short, and dials with a fresh schedule.</summary>
    public void RequestReconnect() => Volatile.Read(ref _redial).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        EndpointTerminatedReason? end = null;
        try
        {
            while (end is null)
            {
                end = await AttemptAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // An exception inside an endpoint is a disconnect, never a crash.
            RemoteLog.EndpointFaulted(context.Log, endpoint.Address, exception);
        }
        finally
        {
            var why = end ?? EndpointTerminatedReason.Unreachable;
            if (why != EndpointTerminatedReason.Merged)
            {
                endpoint.IsBlockedHere = why == EndpointTerminatedReason.Blocked && _stop.IsBlocking;
                endpoint.Close(why, DeadLetterReason.Of(why), QuarantineAfter(why));
                if (why == EndpointTerminatedReason.Blocked && !_stop.IsBlocking && endpoint.TimesHeard != _heard)
                {
                    // The peer unblocked this node, and came to it, while the endpoint closed.
                    endpoint.EndQuarantine();
                }
            }

            forget(endpoint);
            _ended.TrySetResult();
        }
    }

    /// <summary>Dials once and stays while the connection stands; then waits for the next attempt.</summary>
    /// <returns>Why the endpoint ends; <see langword="null"/> when it is to be dialled again.</returns>
    private async Task<EndpointTerminatedReason?> AttemptAsync()
    {
        // 1. An end, a block or a fresh schedule that was asked for comes before the dial.
        if (_stop.Requested.IsCompleted)
        {
            return _stop.Reason;
        }

        // Asked again at each step, because a block looks for its endpoint only once.
        if (blockList.IsBlocked(systemId: null, endpoint.Address))
        {
            // The peer was blocked while this endpoint was made, too early for the blockade to find it.
            return Blocking();
        }

        if (_redial.Task.IsCompleted)
        {
            Volatile.Write(ref _redial, NewSignal());
            _backoff.Reset();
        }

        endpoint.SetState(EndpointState.Connecting);
        _heard = endpoint.TimesHeard;
        var isReached = false;
        Exception failure;
        try
        {
            await using var connection = await connector.DialAsync(endpoint.Address, endpoint.Origin, endpoint.NextOffer(), _stop.Token).ConfigureAwait(false);
            endpoint.Advertised = connection.Answer?.AdvertisedAddress;
            if (judge.Judge(endpoint, connection.Peer.SystemId) is { } refused)
            {
                return refused == EndpointTerminatedReason.Blocked ? Blocking() : refused;
            }

            switch (endpoint.BeginLink(connection))
            {
                case LinkBegin.Unknown when _wasUnknown:
                    // It knows nothing of any link, not even of one that is new. Without the delay of a failure it would be dialled without end.
                    throw new RemoteException(RemoteError.ProtocolViolation, $"{endpoint.Address} answered again that it knows nothing of the link, which was a new one.") { Address = endpoint.Address };
                case LinkBegin.Unknown:
                    // Dialled again at once, with a new link.
                    _wasUnknown = true;
                    RemoteLog.LinkUnknown(context.Log, endpoint.Address);
                    return null;
                case LinkBegin.Violation:
                    throw new RemoteException(RemoteError.ProtocolViolation, $"{endpoint.Address} answered with an impossible state of the link.") { Address = endpoint.Address };
            }

            isReached = true;
            _wasUnknown = false;
            _connection = connection;
            endpoint.SetState(EndpointState.Connected);
            Announce(connection);
            var since = context.Time.GetTimestamp();
            var outcome = await ServeAsync(connection).ConfigureAwait(false);
            if (outcome.Why is { } why)
            {
                endpoint.Record.Disconnected(error: null);
                return why;
            }

            failure = outcome.Error!;
            Break(since, failure);
        }
        catch (OperationCanceledException) when (_stop.Token.IsCancellationRequested)
        {
            return _stop.Reason;
        }
        catch (RemoteException exception) when (exception.Error == RemoteError.Blocked && endpoint.TimesHeard == _heard)
        {
            return BlockedByPeer(exception);
        }
        catch (RpcException exception) when (IsPermanent(exception.StatusCode))
        {
            RemoteLog.RefusedByPeer(
                context.Log, endpoint.Address, exception.Message.TrimEnd('.'), context.Gate.WayOut(exception.StatusCode, endpoint.Address));
            if (exception.StatusCode is StatusCode.PermissionDenied or StatusCode.Unauthenticated)
            {
                endpoint.Record.DeniedByPeer();
            }

            endpoint.Record.Disconnected(exception.Message);
            return EndpointTerminatedReason.Refused;
        }
        catch (Exception exception)
        {
            // Also the word that we are blocked, when the peer came to us while it was on its way: it was true when it was written.
            failure = exception;
        }

        // 5. A dial that failed, and a stream that broke, are followed by a delay.
        return await BackOffAsync(failure, isReached).ConfigureAwait(false);
    }

    /// <summary>Lets messages flow until one side leaves or the stream breaks.</summary>
    private async Task<StreamOutcome> ServeAsync(EndpointConnection connection)
    {
        if (_everConnected)
        {
            endpoint.ReissueWatches();
        }

        _everConnected = true;
        try
        {
            return await sessions.Dialled(endpoint, connection, _stop).RunAsync(_stop.Requested, _redial.Task).ConfigureAwait(false);
        }
        finally
        {
            _connection = null;
            _lostAt = context.Time.GetTimestamp();
        }
    }

    private void Announce(EndpointConnection connection)
    {
        var address = endpoint.Address;
        if (endpoint.Record.SetBlockedByPeer(false))
        {
            context.Events.Publish(new EndpointUnblocked(address, connection.Peer.SystemId, BlockedBy.Peer));
        }

        endpoint.Record.Connected(connection.Peer.SystemId, _everConnected, context.Time.GetUtcNow());
        if (_everConnected)
        {
            // A dial on request begins a fresh schedule, and is a retry all the same.
            var (attempts, outage) = (Math.Max(1, _backoff.Attempts), context.Time.GetElapsedTime(_lostAt));
            RemoteLog.Reconnected(context.Log, address, attempts, outage);
            context.Events.Publish(new EndpointReconnected(address, connection.Peer.SystemId, attempts, outage));
        }
        else
        {
            RemoteLog.Connected(context.Log, address, connection.Peer.SystemId);
            context.Events.Publish(new EndpointConnected(address, connection.Peer.SystemId));
        }
    }

    /// <summary>A stream broke: reports its uncertain messages, and starts the schedule anew after progress.</summary>
    private void Break(long since, Exception failure)
    {
        endpoint.Record.Disconnected(failure.Message);
        if (endpoint.ReportUnconfirmed() > 0 || endpoint.MadeProgress || context.Time.GetElapsedTime(since) > ProgressAfter)
        {
            _backoff.Reset();
        }
    }

    /// <param name="failure">Why there is no connection.</param>
    /// <param name="wasReached">Whether there was one, which broke. An address that cannot be reached is more often a mistake.</param>
    private async Task<EndpointTerminatedReason?> BackOffAsync(Exception failure, bool wasReached)
    {
        if (_stop.Requested.IsCompleted)
        {
            return _stop.Reason;
        }

        if (blockList.IsBlocked(endpoint.PeerSystemId, endpoint.Address))
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

        // As long as the record keeps it: each dead letter has it too.
        var error = EndpointTrouble.WithoutAddress(endpoint.Address, LogText.Detail(failure.Message).TrimEnd('.'));
        endpoint.Record.Disconnected(failure.Message);
        if (!_backoff.TryNext(out var delay))
        {
            RemoteLog.AttemptsUsedUp(context.Log, endpoint.Address, _backoff.Attempts, error);
            context.Events.Publish(new EndpointReconnectFailed(endpoint.Address, _backoff.Attempts, failure));
            return EndpointTerminatedReason.Unreachable;
        }

        delay = isAsked ? TimeSpan.Zero : delay;
        endpoint.Trouble = EndpointTrouble.InBackoff(endpoint.Address, _backoff.Attempts, delay, error);
        endpoint.SetState(EndpointState.Backoff);
        if (context.Options.Reconnect.Outage == OutagePolicy.DeadLetter)
        {
            endpoint.BeginOutage();
        }

        if (!wasReached)
        {
            RemoteLog.NotReached(context.Log, endpoint.Address, error, endpoint.Snapshot().QueueLength, _backoff.Attempts, delay, EndpointTrouble.WayOut(error));
        }
        RemoteLog.Reconnecting(context.Log, endpoint.Address, _backoff.Attempts, delay, TlsDial.Brief(error).TrimEnd('.'));
        context.Events.Publish(new EndpointReconnecting(endpoint.Address, _backoff.Attempts, delay, failure));
        await _redial.Task.WaitAsync(delay, context.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return null;
    }

    private EndpointTerminatedReason Blocking()
    {
        _stop.FoundBlocked();
        return EndpointTerminatedReason.Blocked;
    }

    /// <summary>Only an operator of the peer can unblock this node, so no further attempts are made.</summary>
    private EndpointTerminatedReason BlockedByPeer(RemoteException answer)
    {
        RemoteLog.Blocked(context.Log, endpoint.Address);
        endpoint.Record.Disconnected(answer.Message);
        endpoint.PeerSystemId ??= answer.SystemId;
        if (endpoint.Record.SetBlockedByPeer(true))
        {
            context.Events.Publish(new EndpointBlocked(endpoint.Address, answer.SystemId, BlockedBy.Peer, answer.Message));
        }

        return EndpointTerminatedReason.Blocked;
    }

    /// <summary>
    /// Only an address that did not work is given a rest. A peer that left in good order, or was replaced, may be dialled again by the next
    /// message (decision page 0008).
    /// </summary>
    private TimeSpan QuarantineAfter(EndpointTerminatedReason why) =>
        why is EndpointTerminatedReason.PeerLeft or EndpointTerminatedReason.IncarnationEnded
            or EndpointTerminatedReason.Shutdown or EndpointTerminatedReason.Disconnected or EndpointTerminatedReason.Idle
            ? TimeSpan.Zero
            : context.Options.QuarantineDuration;

    /// <summary>
    /// Whether the same dial will be refused until an operator changes our identity, our rights, or the service at the address. A stale
    /// attempt, a link that lives elsewhere, full limits and a node that leaves pass by themselves.
    /// </summary>
    private static bool IsPermanent(StatusCode code) => code is
        StatusCode.PermissionDenied or StatusCode.Unauthenticated or StatusCode.Unimplemented
        or StatusCode.InvalidArgument or StatusCode.FailedPrecondition;
}
