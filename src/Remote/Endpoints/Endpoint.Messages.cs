namespace Remote;

/// <summary>Puts messages into the lanes, and answers for those that do not get there.</summary>
internal sealed partial class Endpoint
{
    /// <summary>Called when the control lane is full: the loop that owns the connection must end the endpoint.</summary>
    public Action? ControlOverflowed { get; set; }

    public void Post(in RemoteDelivery delivery)
    {
        var result = _mailbox.Post(delivery, out var refusal, out var evicted, delivery.IsPriority);
        if (evicted.Target is not null)
        {
            _context.DeadLetters.PublishHere(evicted, DeadLetterReason.DroppedOldest, _trouble);
        }

        switch (result)
        {
            case PostResult.Accepted:
                break;
            case PostResult.AcceptedTakeRole:
                RunRole();
                break;
            case PostResult.Moved when FindNextOrRefusal(out refusal) is { } next:
                next.Post(delivery);
                break;
            case PostResult.Moved:
                // The mailbox has left the counting to the one that follows.
                Record.Refuse(refusal);
                goto default;
            default:
                _context.DeadLetters.PublishHere(delivery, refusal, _trouble);
                break;
        }
    }

    public ValueTask PostAsync(RemoteDelivery delivery, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var result = _mailbox.PostOrWait(delivery, out var refusal, out var waiter, delivery.IsPriority);
        switch (result)
        {
            case PostResult.Accepted:
                return ValueTask.CompletedTask;
            case PostResult.AcceptedTakeRole:
                RunRole();
                return ValueTask.CompletedTask;
            case PostResult.Moved when FindNextOrRefusal(out refusal) is { } next:
                return next.PostAsync(delivery, cancellationToken);
            case PostResult.Moved:
                Record.Refuse(refusal);
                goto default;
            case PostResult.Full when waiter is not null:
                return new ValueTask(WaitAsync(waiter, cancellationToken));
            default:
                _context.DeadLetters.PublishHere(delivery, refusal, _trouble);
                return ValueTask.FromException(result == PostResult.Full ? Crowded(delivery) : Closed(delivery, refusal));
        }
    }

    public void PostControl(in RemoteDelivery delivery)
    {
        switch (_mailbox.PostControl(delivery, out var refusal))
        {
            case PostResult.Accepted:
                break;
            case PostResult.AcceptedTakeRole:
                RunRole();
                break;
            case PostResult.Moved when FindNextOrRefusal(out refusal) is { } next:
                next.PostControl(delivery);
                break;
            case PostResult.Full:
                // Control is never dropped quietly: an endpoint that cannot take it is of no use any more. A Watch is answered from the watch table when it ends.
                if (delivery.Message is not Proto.Watch)
                {
                    _context.DeadLetters.PublishHere(delivery, refusal, _trouble);
                }

                ControlOverflowed?.Invoke();
                break;
            default:
                DeadLetter(delivery, refusal);
                break;
        }
    }

    private async Task WaitAsync(LaneWaiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Task.WaitAsync(_context.Options.SendTimeout, _context.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            var timedOut = exception is TimeoutException;
            if (!TryWithdraw(waiter, timedOut ? DeadLetterReason.QueueFull : null))
            {
                // The message was taken or refused at the same moment, and that counts.
                await waiter.Task.ConfigureAwait(false);
                return;
            }

            if (!timedOut)
            {
                throw;
            }

            _context.DeadLetters.PublishHere(waiter.Delivery, DeadLetterReason.QueueFull, _trouble);
            throw Full(waiter.Delivery);
        }
    }

    // This mailbox is asked first: while lanes are moved a waiter is in one of the two, and it never comes back.
    private bool TryWithdraw(LaneWaiter waiter, DeadLetterReason? refused) =>
        _mailbox.Withdraw(waiter, refused) || MovedTo?.TryWithdraw(waiter, refused) == true;

    private RemoteException Full(in RemoteDelivery delivery) => Failure(
        RemoteError.QueueFull,
        $"The lane to {Address} took no message to {delivery.Target.Id} within {_context.Options.SendTimeout}: "
        + $"{_mailbox.Snapshot(State).QueueLength} messages wait in it, and it takes {_context.Options.Endpoint.QueueCapacity}, "
        + "half of it for one actor that is slower than its neighbours.");

    private RemoteException Crowded(in RemoteDelivery delivery) => Failure(
        RemoteError.QueueFull,
        $"The lane to {Address} is full, and {_context.Options.Endpoint.MaxWaiters} calls of SendAsync (Endpoint.MaxWaiters) "
        + $"wait for room in it; the message to {delivery.Target.Id} is a dead letter.");

    private RemoteException Closed(in RemoteDelivery delivery, DeadLetterReason reason)
    {
        var (error, what) = reason switch
        {
            _ when reason == DeadLetterReason.NotConnected =>
                (RemoteError.Unreachable, $"There is no connection to {Address}, and nothing waits for one (ReconnectOptions.Outage)"),
            _ when reason == DeadLetterReason.Shutdown => (RemoteError.NotRunning, $"This node shuts down, and nothing goes to {Address} any more"),
            _ when reason == DeadLetterReason.Blocked => (RemoteError.Blocked, $"{Address} is blocked, or blocks this node"),
            _ => (RemoteError.EndpointClosed, $"The endpoint of {Address} is closed ({reason.Name})"),
        };
        return Failure(error, $"{what}; the message to {delivery.Target.Id} is a dead letter. {_trouble}".TrimEnd());
    }

    private RemoteException Failure(RemoteError error, string message) => new(error, message) { Address = Address };
}
