using System.Runtime.InteropServices;

namespace Remote;

/// <summary>
/// Messages to targets that the peer has paused wait here, each target's in their order, while the writer goes on with the others. Pure and not
/// thread-safe: its owner's lock guards it.
/// </summary>
/// <remarks>
/// Bounded by <see cref="MaxTargets"/> targets; a pause of one more is ignored, for it protects the other targets and not the peer, whose memory the
/// credit of the link protects. The lane that the messages come from bounds their number. Messages to one target come in runs and are handled by
/// the run: a flood to one actor pauses and goes on many times a second.
/// </remarks>
internal sealed class ParkingLot
{
    /// <summary>As many as a receiver of ours counts.</summary>
    public const int MaxTargets = 4096;

    // The peer names targets; a name longer than this is no actor of ours but an attempt to fill memory.
    private const int MaxTargetIdLength = 4096;

    private readonly Dictionary<string, DeliveryQueue> _paused = new(StringComparer.Ordinal);

    // Messages to one target come in runs, and its PID is mostly the same object.
    private string? _lastId;
    private DeliveryQueue? _last;

    /// <summary>Messages that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Whether any target is paused. While none is, which is nearly always, nothing is looked up.</summary>
    public bool IsInUse => _paused.Count > 0;

    /// <summary>Whether a message has to wait for its target.</summary>
    public bool Holds(in RemoteDelivery delivery) => Find(delivery.Target.Id) is not null;

    /// <summary>Takes the oldest messages of the lane that may be sent now; what has to wait is parked, as far as the lane had to be looked through.</summary>
    /// <param name="lane">The messages.</param>
    /// <param name="destination">Receives those that may be sent.</param>
    /// <param name="refused">When given, messages that would have to be parked go there instead.</param>
    /// <returns>How many may be sent.</returns>
    public int Take(DeliveryQueue lane, Span<RemoteDelivery> destination, List<RemoteDelivery>? refused = null)
    {
        var taken = 0;
        while (taken < destination.Length && lane.Count > 0)
        {
            var run = lane.PeekRun();
            if (Find(run[0].Target.Id) is not { } waiting)
            {
                taken += lane.Take(destination.Slice(taken, Math.Min(run.Length, destination.Length - taken)));
            }
            else if (refused is not null)
            {
                Refuse(lane, run.Length, refused);
            }
            else
            {
                Count += run.Length;
                lane.MoveTo(waiting, run.Length);
            }
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

    /// <summary>The peer takes messages to the target again: those that waited go to the front of the lane, for none of its is older.</summary>
    public void Resume(string targetId, DeliveryQueue lane)
    {
        if (_paused.Remove(targetId, out var waiting))
        {
            (_lastId, _last) = (null, null);
            Count -= waiting.Count;
            lane.Prepend(waiting);
        }
    }

    /// <summary>The stream is over, and with it everything that was said about targets.</summary>
    public void ResumeAll(DeliveryQueue lane)
    {
        foreach (var targetId in _paused.Keys)
        {
            Resume(targetId, lane);
        }
    }

    private static void Refuse(DeliveryQueue lane, int count, List<RemoteDelivery> refused)
    {
        var first = refused.Count;
        CollectionsMarshal.SetCount(refused, first + count);
        lane.Take(CollectionsMarshal.AsSpan(refused)[first..]);
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
