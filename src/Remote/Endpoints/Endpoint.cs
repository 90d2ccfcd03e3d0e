using Remote.Actors;

namespace Remote;

/// <summary>
/// The way to one peer, for one life: its mailbox, its watches, its state. Who connects it is somebody else: <see cref="EndpointDialler"/>
/// for a peer with a listener, <see cref="EndpointReader"/> for a client.
/// </summary>
/// <remarks>Posting is thread-safe; attaching, detaching and closing belong to the one loop that connects it.</remarks>
internal sealed class Endpoint : IEndpointWriterOwner
{
    // Watch and friends are a hundred bytes each; more of them than this waiting means that the peer takes nothing in any more.
    private const int ControlCapacity = 100_000;

    private readonly RemoteNode _node;
    private readonly EndpointWriterMailbox _mailbox;
    private readonly EndpointWatcher _watches = new();
    private readonly Action? _start;
    private EndpointWriter? _writer;
    private Endpoint? _movedTo;
    private DeadLetterReason _refusal = RemoteDeadLetterReasons.EndpointClosed;
    private long _closedAt;
    private long _written;
    private int _state;

    /// <param name="node">The node.</param>
    /// <param name="address">The peer's address.</param>
    /// <param name="start">Called once, by whoever posts first; <see langword="null"/> when the connection is there already.</param>
    public Endpoint(RemoteNode node, string address, Action<Endpoint>? start)
    {
        var options = node.Options.Endpoint;
        _node = node;
        Address = address;
        _mailbox = new EndpointWriterMailbox(options.QueueCapacity, ControlCapacity, options.MaxWaiters, options.Overflow);
        _start = start is null ? null : () => start(this);
        Process = new RemoteProcess(this);
        Pid = new PID("", EndpointProcess.IdPrefix + address);
    }

    /// <summary>The endpoint's own name, <c>$endpoint/address</c>.</summary>
    public PID Pid { get; }

    public string Address { get; }

    public RemoteProcess Process { get; }

    /// <summary>The incarnation that answered last; <see langword="null"/> before the first connection.</summary>
    public string? PeerSystemId { get; set; }

    public EndpointState State => (EndpointState)Volatile.Read(ref _state);

    public int QueueLength => _mailbox.UserCount;

    public int ControlLength => _mailbox.ControlCount;

    public int WatchCount => _watches.Count;

    /// <summary>Where this endpoint's messages go since it was merged.</summary>
    public Endpoint? MovedTo => Volatile.Read(ref _movedTo);

    public bool IsReplaceable =>
        State == EndpointState.Closed && _node.Time.GetElapsedTime(_closedAt) >= Quarantine;

    private TimeSpan Quarantine { get; set; }

    public void SetState(EndpointState state) => Volatile.Write(ref _state, (int)state);

    public void Post(in RemoteDelivery delivery)
    {
        var result = _mailbox.Post(delivery, out var evicted);
        if (result == PostResult.Accepted)
        {
            if (evicted.Target is null)
            {
                return;
            }

            _node.DeadLetter(evicted, RemoteDeadLetterReasons.DroppedOldest);
            return;
        }

        PostCore(result, delivery);
    }

    public async ValueTask PostAsync(RemoteDelivery delivery, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var result = _mailbox.PostOrWait(delivery, out var waiter);
        switch (result)
        {
            case PostResult.Accepted:
                return;
            case PostResult.Full when waiter is not null:
                await WaitAsync(waiter, cancellationToken).ConfigureAwait(false);
                return;
            case PostResult.Moved:
                await _movedTo!.PostAsync(delivery, cancellationToken).ConfigureAwait(false);
                return;
            case PostResult.AcceptedTakeRole:
                RunRole();
                return;
            default:
                PostCore(result, delivery);
                throw Refusal(result, delivery);
        }
    }

    public void PostControl(in RemoteDelivery delivery)
    {
        var result = _mailbox.PostControl(delivery);
        if (result == PostResult.Moved)
        {
            _movedTo!.PostControl(delivery);
        }
        else if (result == PostResult.AcceptedTakeRole)
        {
            RunRole();
        }
        else if (result != PostResult.Accepted)
        {
            _node.DeadLetter(delivery, result == PostResult.Full ? RemoteDeadLetterReasons.ControlOverflow : _refusal);
            if (result == PostResult.Full)
            {
                // Control is never dropped quietly: an endpoint that cannot take it is of no use any more.
                ControlOverflowed?.Invoke();
            }
        }
    }

    /// <summary>Called when the control lane is full: the loop that owns the connection must end the endpoint.</summary>
    public Action? ControlOverflowed { get; set; }

    public void Watch(PID watcher, PID target, Watch message)
    {
        if (MovedTo is { } other)
        {
            other.Watch(watcher, target, message);
            return;
        }

        if (!_watches.TryAdd(watcher, target))
        {
            return;
        }

        PostControl(new RemoteDelivery(target, message));
        if (State == EndpointState.Closed && MovedTo is null && _watches.TryTake(watcher, target, out _))
        {
            // Closed in between, and the one who closed it did not see this pair.
            Tell(new EndpointWatcher.Pair(watcher, target));
        }
    }

    public void Unwatch(PID watcher, PID target, Unwatch message)
    {
        if (MovedTo is { } other)
        {
            other.Unwatch(watcher, target, message);
        }
        else if (_watches.TryTake(watcher, target, out _))
        {
            PostControl(new RemoteDelivery(target, message));
        }
    }

    /// <summary>The peer says that a watched actor ended; <see langword="false"/> when nobody here watches it (any more).</summary>
    public bool Terminated(PID watcher, Terminated message)
    {
        if (!_watches.TryTake(watcher, message.Who, out var watched))
        {
            return MovedTo is { } other && other.Terminated(watcher, message);
        }

        _node.ActorSystem.Processes.Get(watcher).SendSystemMessage(watcher, new Terminated(watched, message.Why));
        return true;
    }

    /// <summary>
    /// Sends every watch again. A Terminated may have been lost with a stream of either direction; the peer answers at once for what is gone.
    /// </summary>
    public void ReissueWatches()
    {
        foreach (var pair in _watches.Snapshot())
        {
            PostControl(new RemoteDelivery(pair.Target, new Watch(pair.Watcher)));
        }
    }

    /// <summary>Lets a stream drain the lanes. The caller holds the writer role, which passes to the writer.</summary>
    public EndpointWriter Attach(EndpointConnection connection)
    {
        var options = _node.Options;
        var encoder = new BatchEncoder(_node.Serializers, new EncodeLimits(options.Endpoint.BatchSize, options.Endpoint.MaxBatchBytes, options.MaxMessageBytes));
        var writer = new EndpointWriter(_mailbox, encoder, connection.Translation, connection.Stream, this, options.Endpoint.BatchSize, _node.Time);
        Interlocked.Exchange(ref _written, 0);
        Volatile.Write(ref _writer, writer);
        SetState(EndpointState.Connected);
        writer.Run();
        return writer;
    }

    /// <summary>Takes the lanes away from a stream that is at its end. The writer role passes to the caller.</summary>
    public async Task DetachAsync(EndpointWriter writer)
    {
        if (!_mailbox.BeginDetach())
        {
            await writer.Stopped.ConfigureAwait(false);
        }

        Volatile.Write(ref _writer, null);
        writer.ReturnHeld();
        _mailbox.EndDetach();
    }

    /// <summary>What was written on the current stream; nobody acknowledged it, so its fate is unknown once the stream breaks.</summary>
    public long TakeUnconfirmed() => Interlocked.Exchange(ref _written, 0);

    /// <summary>Takes the writer role if it is free, as a first message would.</summary>
    public bool TryClaim()
    {
        if (!_mailbox.BeginDetach())
        {
            return false;
        }

        _mailbox.EndDetach();
        return true;
    }

    /// <summary>Connects without a message to send, if nobody did yet.</summary>
    public void Start()
    {
        if (Volatile.Read(ref _writer) is null && TryClaim())
        {
            RunRole();
        }
    }

    /// <summary>Refuses new messages and completes when those queued are written.</summary>
    public Task DrainAsync(DeadLetterReason refusal)
    {
        _refusal = refusal;
        return _mailbox.BeginDrain();
    }

    public void UseDialect(bool pidTargets) => Volatile.Read(ref _writer)?.UseDialect(pidTargets);

    /// <summary>
    /// Ends this life: queued messages become dead letters, waiting senders fail, watchers get their Terminated. The caller holds the role
    /// and no writer is attached. Idempotent.
    /// </summary>
    /// <param name="why">For the event.</param>
    /// <param name="reason">For the dead letters.</param>
    /// <param name="quarantine">How long messages are refused before a new life may begin.</param>
    public void Close(EndpointTerminatedReason why, DeadLetterReason reason, TimeSpan quarantine)
    {
        if (State == EndpointState.Closed)
        {
            return;
        }

        _refusal = quarantine > TimeSpan.Zero ? RemoteDeadLetterReasons.Quarantined : reason;
        Quarantine = quarantine;
        _closedAt = _node.Time.GetTimestamp();
        // Before the state says so: a new life of the same address takes the name.
        _node.ActorSystem.Processes.Remove(Pid);
        SetState(EndpointState.Closed);
        var remainder = _mailbox.Close();
        foreach (var delivery in remainder.Control)
        {
            // A Watch is answered below, from the registry.
            if (delivery.Message is not Actors.Watch)
            {
                _node.DeadLetter(delivery, reason);
            }
        }

        foreach (var delivery in remainder.User)
        {
            _node.DeadLetter(delivery, reason);
        }

        foreach (var waiter in remainder.Waiters)
        {
            _node.DeadLetter(waiter.Delivery, reason);
            waiter.TrySetException(Refusal(PostResult.Closed, waiter.Delivery));
        }

        foreach (var pair in _watches.TakeAll())
        {
            Tell(pair);
        }

        RemoteLog.EndpointClosed(_node.Log, Address, why, remainder.User.Length);
        _node.Publish(new EndpointTerminated(Address, why));
    }

    /// <summary>Hands everything to the endpoint that leads to the same peer by another address. The caller holds the role.</summary>
    public void MoveTo(Endpoint other)
    {
        Volatile.Write(ref _movedTo, other);
        foreach (var pair in _watches.TakeAll())
        {
            other._watches.TryAdd(pair.Watcher, pair.Target);
        }

        var role = _mailbox.MoveTo(other._mailbox);
        Quarantine = TimeSpan.Zero;
        _node.ActorSystem.Processes.Remove(Pid);
        SetState(EndpointState.Closed);
        if (role)
        {
            other.RunRole();
        }

        RemoteLog.EndpointsMerged(_node.Log, Address, other.Address, PeerSystemId ?? "");
        _node.Publish(new EndpointTerminated(Address, EndpointTerminatedReason.Merged));
    }

    void IEndpointWriterOwner.Written(EncodedBatch batch) => Interlocked.Add(ref _written, batch.Count);

    void IEndpointWriterOwner.Refuse(in RemoteDelivery delivery, EncodeResult result)
    {
        var tooLarge = result.Status == EncodeStatus.TooLarge;
        RemoteLog.MessageNotSent(_node.Log, Address, delivery.Message.GetType(), result.Status, result.Size, result.Error);
        _node.DeadLetter(delivery, tooLarge ? RemoteDeadLetterReasons.TooLarge : RemoteDeadLetterReasons.NotSerializable);
    }

    private void PostCore(PostResult result, in RemoteDelivery delivery)
    {
        switch (result)
        {
            case PostResult.AcceptedTakeRole:
                RunRole();
                break;
            case PostResult.Moved:
                _movedTo!.Post(delivery);
                break;
            default:
                _node.DeadLetter(delivery, result == PostResult.Full ? RemoteDeadLetterReasons.QueueFull : _refusal);
                break;
        }
    }

    private async Task WaitAsync(LaneWaiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Task.WaitAsync(_node.Options.SendTimeout, _node.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            if (!(MovedTo?._mailbox ?? _mailbox).Withdraw(waiter))
            {
                // Taken or refused at the same moment: that is what counts.
                await waiter.Task.ConfigureAwait(false);
                return;
            }

            if (exception is OperationCanceledException)
            {
                throw;
            }

            PostCore(PostResult.Full, waiter.Delivery);
            throw Refusal(PostResult.Full, waiter.Delivery);
        }
    }

    private void RunRole()
    {
        if (Volatile.Read(ref _writer) is { } writer)
        {
            writer.Run();
        }
        else
        {
            _start!();
        }
    }

    private void Tell(in EndpointWatcher.Pair pair) =>
        _node.ActorSystem.Processes.Get(pair.Watcher).SendSystemMessage(pair.Watcher, new Terminated(pair.Target, TerminatedReason.AddressTerminated));

    private RemoteException Refusal(PostResult result, in RemoteDelivery delivery) => result == PostResult.Full
        ? new RemoteException(RemoteError.QueueFull, $"The lane to {Address} is full ({_node.Options.Endpoint.QueueCapacity} messages) and took no message to {delivery.Target.Id} within {_node.Options.SendTimeout}.") { Address = Address }
        : new RemoteException(RemoteError.EndpointClosed, $"The endpoint of {Address} is closed ({_refusal.Name}); the message to {delivery.Target.Id} is a dead letter.") { Address = Address };
}
