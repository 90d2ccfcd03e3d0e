using System.Diagnostics;

namespace Remote;

/// <summary>
/// The priority messages of one endpoint that wait (<c>IRemotePriorityMessage</c>): they go ahead of the user lane, and count against no
/// capacity of it. A full lane sends further ones into the user lane, and so does a message that is there already, for later ones to the
/// same target: none may overtake it. Pure and not thread-safe: its owner's lock guards it.
/// </summary>
internal sealed class PriorityLane
{
    /// <summary>As many as may wait here. Their bytes are not known before they are encoded; credit bounds those.</summary>
    public const int Capacity = 1000;

    private readonly DeliveryQueue _queue = new();

    // Priority messages in the user lane, by target. Nearly always empty.
    private readonly Dictionary<string, int> _elsewhere = new(StringComparer.Ordinal);

    /// <summary>Messages in the queue, or taken by the writer and not yet settled.</summary>
    public int Waiting => _queue.Count + Taken;

    /// <summary>Messages taken by the writer and not yet settled.</summary>
    public int Taken { get; private set; }

    /// <summary>Whether there is something to take.</summary>
    public bool HasMore => _queue.Count > 0;

    /// <summary>Whether priority messages wait in the user lane, which <see cref="LeftElsewhere(string)"/> has to be told of.</summary>
    public bool IsElsewhere => _elsewhere.Count > 0;

    /// <summary>Takes a message if it may wait here.</summary>
    public bool TryAdd(in RemoteDelivery delivery)
    {
        if (Waiting >= Capacity || (IsElsewhere && _elsewhere.ContainsKey(delivery.Target.Id)))
        {
            return false;
        }

        _queue.Add(delivery);
        return true;
    }

    /// <summary>A priority message goes into the user lane.</summary>
    public void WentElsewhere(string targetId) => _elsewhere[targetId] = _elsewhere.GetValueOrDefault(targetId) + 1;

    /// <summary>A priority message is in the user lane no more.</summary>
    public void LeftElsewhere(string targetId)
    {
        if (_elsewhere.GetValueOrDefault(targetId) is > 1 and var count)
        {
            _elsewhere[targetId] = count - 1;
        }
        else
        {
            _elsewhere.Remove(targetId);
        }
    }

    /// <summary>A message has left the user lane, and may be a priority message.</summary>
    public void LeftElsewhere(in RemoteDelivery delivery)
    {
        if (IsElsewhere && delivery.IsPriority)
        {
            LeftElsewhere(delivery.Target.Id);
        }
    }

    /// <summary>Takes over the content of another lane; it may exceed the capacity, for it was accepted once.</summary>
    public void Absorb(RemoteDelivery[] messages) => _queue.AddRange(messages);

    public int Take(Span<RemoteDelivery> destination)
    {
        var taken = _queue.Take(destination);
        Taken += taken;
        return taken;
    }

    /// <summary>Messages taken earlier wait no more.</summary>
    public void Settle(int count)
    {
        Taken -= count;
        Debug.Assert(Taken >= 0, "More was settled than taken.");
    }

    /// <summary>Messages that were taken go to the front again.</summary>
    public void Return(ReadOnlySpan<RemoteDelivery> taken)
    {
        _queue.Return(taken);
        Settle(taken.Length);
        Debug.Assert(Taken == 0, "A stopped writer holds nothing.");
    }

    /// <summary>Takes everything out; the user lane is emptied too.</summary>
    public RemoteDelivery[] TakeAll()
    {
        Debug.Assert(Taken == 0, "The writer gives back what it has taken before the lane ends.");
        var messages = new RemoteDelivery[_queue.Count];
        _queue.Take(messages);
        _elsewhere.Clear();
        return messages;
    }
}
