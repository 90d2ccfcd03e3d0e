namespace Remote;

/// <summary>
/// The messages to targets that the peer has paused: they wait here, each target's in their order, while the writer goes on with the
/// others. Pure and not thread-safe: its owner's lock guards it.
/// </summary>
/// <remarks>
/// At most <see cref="MaxTargets"/> targets are paused at a time. One more goes on unpaused, which is safe: a pause protects the other
/// targets, and the credit of the link protects the peer's memory. The number of messages is bounded by the lane that they come from.
/// Messages to one target come in runs and are moved by the run: a flood to one actor pauses and goes on many times a second.
/// </remarks>
internal sealed class ParkingLot
{
    /// <summary>As many as a receiver of ours counts.</summary>
    public const int MaxTargets = 4096;

    // The peer names targets; a name longer than this is no actor of ours but an attempt to fill memory.
    private const int MaxTargetIdLength = 4096;

    private readonly Dictionary<string, DeliveryQueue> _paused = new(StringComparer.Ordinal);

    // The last look-up: messages to one target come in runs, and its PID is mostly the same object.
    private string? _lastId;
    private DeliveryQueue? _last;

    /// <summary>Messages that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Whether any target is paused. While none is, which is nearly always, nothing is looked up.</summary>
    public bool IsInUse => _paused.Count > 0;

    /// <summary>Whether the target of a message is paused.</summary>
    public bool Holds(in RemoteDelivery delivery) => Find(delivery.Target.Id) is not null;

    /// <summary>
    /// Takes the oldest messages of the lane that may be sent now. Messages to paused targets that stand in front of them are parked.
    /// </summary>
    /// <param name="lane">The messages.</param>
    /// <param name="destination">Receives those that may be sent.</param>
    /// <param name="refused">When given, receives the messages that would be parked.</param>
    /// <returns>How many may be sent.</returns>
    public int Take(DeliveryQueue lane, Span<RemoteDelivery> destination, List<RemoteDelivery>? refused = null)
    {
        var taken = 0;
        while (taken < destination.Length && lane.Count > 0)
        {
            var run = lane.PeekRun();
            if (Find(run[0].Target.Id) is not { } waiting)
            {
                run = run[..Math.Min(run.Length, destination.Length - taken)];
                run.CopyTo(destination[taken..]);
                taken += run.Length;
            }
            else if (refused is not null)
            {
                refused.AddRange(run);
            }
            else
            {
                waiting.AddRange(run);
                Count += run.Length;
            }

            lane.Drop(run.Length);
        }

        return taken;
    }

    /// <summary>The peer takes no messages to the target for now.</summary>
    public void Pause(string targetId)
    {
        if (_paused.Count < MaxTargets && targetId.Length <= MaxTargetIdLength && _paused.TryAdd(targetId, new DeliveryQueue()))
        {
            _lastId = null;
        }
    }

    /// <summary>The peer takes messages to the target again: the parked ones go to the front, for no other to it is older.</summary>
    /// <returns>How many.</returns>
    public int Resume(string targetId, DeliveryQueue lane)
    {
        if (!_paused.Remove(targetId, out var waiting))
        {
            return 0;
        }

        var count = waiting.Count;
        (_lastId, _last) = (null, null);
        Count -= count;
        lane.Prepend(waiting);
        return count;
    }

    /// <summary>The stream is over, and with it all pauses.</summary>
    public void ResumeAll(DeliveryQueue lane)
    {
        foreach (var targetId in _paused.Keys)
        {
            _ = Resume(targetId, lane);
        }
    }

    private DeliveryQueue? Find(string targetId)
    {
        if (!ReferenceEquals(targetId, _lastId))
        {
            _last = _paused.GetValueOrDefault(targetId);
            _lastId = targetId;
        }

        return _last;
    }
}
