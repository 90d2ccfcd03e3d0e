namespace Remote;

/// <summary>
/// The control messages of one endpoint that wait. Watches that are issued again after a loss go first and count against no capacity: there are no
/// more of them than the endpoint has watches, and a lane that was full of them would end the endpoint, and every watch, for a cut that heals. Pure
/// and not thread-safe: its owner's lock guards it.
/// </summary>
/// <param name="capacity">Messages that may wait here, those issued again not among them.</param>
internal sealed class ControlLane(int capacity)
{
    private readonly DeliveryQueue _queue = new();

    // In front of the others: a watch that ends meanwhile has its Unwatch among those, behind this Watch.
    private DeliveryQueue _again = new();

    // Where the messages came from that were taken last, for those that are given back.
    private bool _tookAgain;

    /// <summary>Messages in the lane, without those taken by the writer.</summary>
    public int Count => _again.Count + _queue.Count;

    /// <summary>Takes a message if there is room.</summary>
    public bool TryAdd(in RemoteDelivery delivery)
    {
        if (_queue.Count >= capacity)
        {
            return false;
        }

        _queue.Add(delivery);
        return true;
    }

    /// <summary>
    /// Issues all watches again. They take the place of those that were issued again earlier and are still here: losses may follow each other faster than
    /// anybody drains the lane. They are used up.
    /// </summary>
    public void Reissue(DeliveryQueue watches) => _again = watches;

    /// <summary>Takes over the content of another lane; it may exceed the capacity, for it was accepted once.</summary>
    public void Absorb(RemoteDelivery[] messages) => _queue.AddRange(messages);

    public int Take(Span<RemoteDelivery> destination)
    {
        _tookAgain = _again.Count > 0;
        return (_tookAgain ? _again : _queue).Take(destination);
    }

    /// <summary>Messages of the last take go to the front again.</summary>
    public void Return(ReadOnlySpan<RemoteDelivery> taken) => (_tookAgain ? _again : _queue).Return(taken);

    /// <summary>Takes everything out, but for watches issued again: the watch table answers for them, here or where they go on.</summary>
    public RemoteDelivery[] TakeAll()
    {
        _again = new DeliveryQueue();
        var messages = new RemoteDelivery[_queue.Count];
        _queue.Take(messages);
        return messages;
    }
}
