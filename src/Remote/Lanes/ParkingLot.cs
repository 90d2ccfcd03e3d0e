using System.Runtime.InteropServices;

namespace Remote;

/// <summary>
/// The sending side of target credit: messages to targets that take no more for now wait here, each target's in their order, while the writer
/// goes on with the others. Pure and not thread-safe: the holder of the writer role uses it under the lock of the endpoint.
/// </summary>
/// <remarks>
/// Nothing is looked up while <see cref="HasLimits"/> is false, which is nearly always. Bounded by <see cref="MaxTargets"/> targets; a limit for
/// one more is ignored, for it protects the other targets and not the peer, whose memory the credit of the link protects. The lane that the
/// messages come from bounds their number. Messages for one target come in runs and are handled by the run: a flood to one actor pauses and goes
/// on many times a second.
/// </remarks>
internal sealed class ParkingLot
{
    /// <summary>As many as a receiver of ours meters.</summary>
    public const int MaxTargets = 4096;

    // The peer names targets; a name longer than this is no actor of ours but an attempt to fill memory.
    private const int MaxTargetIdLength = 4096;

    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private readonly Queue<Place> _ready = new();

    // Messages to one target come in runs, and its PID is mostly the same object.
    private string? _lastId;
    private Place? _lastPlace;

    /// <summary>Messages that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Whether any target is limited or has messages waiting.</summary>
    public bool HasLimits => _places.Count > 0;

    /// <summary>Whether something waits here that may be sent now.</summary>
    public bool HasReady
    {
        get
        {
            while (_ready.TryPeek(out var place) && !place.MaySend)
            {
                _ready.Dequeue().IsReady = false;
            }

            return _ready.Count > 0;
        }
    }

    /// <summary>Whether a message has to wait: its target takes none for now, or others to it wait already.</summary>
    public bool Holds(in RemoteDelivery delivery) => Find(delivery.Target.Id) is { TakesMore: false };

    /// <summary>
    /// Takes what may be sent now: first messages that waited here, then those of the lane. What has to wait is parked, as far as the lane had to
    /// be looked through.
    /// </summary>
    /// <param name="lane">All other messages.</param>
    /// <param name="destination">Receives them.</param>
    /// <param name="refused">When given, messages that would have to be parked go there instead.</param>
    /// <returns>How many may be sent; they have used their targets' credit.</returns>
    public int Take(DeliveryQueue lane, Span<RemoteDelivery> destination, List<RemoteDelivery>? refused = null)
    {
        var taken = TakeReady(destination);
        while (taken < destination.Length && lane.Count > 0)
        {
            var run = lane.PeekRun();
            var place = Find(run[0].Target.Id);
            var asked = Math.Min(run.Length, destination.Length - taken);
            var allowed = place is null ? asked : place.Spend(asked);
            var held = allowed < asked ? run.Length - allowed : 0;
            taken += lane.Take(destination.Slice(taken, allowed));
            if (held > 0)
            {
                Hold(place!, lane, held, refused);
            }
        }

        return taken;
    }

    /// <summary>The peer takes at most so many more messages to the target, until it says more.</summary>
    public void Limit(string targetId, long messages)
    {
        if (!_places.TryGetValue(targetId, out var place))
        {
            if (_places.Count >= MaxTargets || targetId.Length > MaxTargetIdLength)
            {
                return;
            }

            _places.Add(targetId, place = new Place(targetId));
            _lastId = null;
        }

        place.Limit(Math.Max(0, messages));
        MakeReady(place);
    }

    /// <summary>The peer takes any number of messages to the target again.</summary>
    public void Release(string targetId)
    {
        if (_places.TryGetValue(targetId, out var place))
        {
            Release(place);
        }
    }

    /// <summary>The stream is over, and with it everything that was said about targets: takes everything out, each target's messages in their order.</summary>
    public RemoteDelivery[] TakeAll()
    {
        var all = new RemoteDelivery[Count];
        var taken = 0;
        foreach (var place in _places.Values)
        {
            taken += place.Waiting.Take(all.AsSpan(taken));
        }

        _places.Clear();
        _lastId = null;
        _lastPlace = null;
        _ready.Clear();
        Count = 0;
        return all;
    }

    private int TakeReady(Span<RemoteDelivery> destination)
    {
        var taken = 0;
        while (taken < destination.Length && HasReady)
        {
            var place = _ready.Peek();
            var count = place.TakeWaiting(destination[taken..]);
            Count -= count;
            taken += count;
            Forget(place);
        }

        return taken;
    }

    private void Hold(Place place, DeliveryQueue lane, int count, List<RemoteDelivery>? refused)
    {
        if (refused is not null)
        {
            var first = refused.Count;
            CollectionsMarshal.SetCount(refused, first + count);
            lane.Take(CollectionsMarshal.AsSpan(refused)[first..]);
            return;
        }

        lane.MoveTo(place.Waiting, count);
        Count += count;
    }

    private void Release(Place place)
    {
        place.Unlimit();
        MakeReady(place);
        Forget(place);
    }

    private void MakeReady(Place place)
    {
        if (!place.IsReady && place.MaySend)
        {
            place.IsReady = true;
            _ready.Enqueue(place);
        }
    }

    private Place? Find(string targetId)
    {
        if (!ReferenceEquals(targetId, _lastId))
        {
            _lastPlace = _places.GetValueOrDefault(targetId);
            _lastId = targetId;
        }

        return _lastPlace;
    }

    // A target without a limit is known only as long as something waits: what comes later must not pass it.
    private void Forget(Place place)
    {
        if (place.IsOver)
        {
            _places.Remove(place.TargetId);
            _lastId = null;
            _lastPlace = null;
        }
    }

    private sealed class Place(string targetId)
    {
        private const long NoLimit = -1;
        private long _allowance;

        public string TargetId { get; } = targetId;

        public DeliveryQueue Waiting { get; } = new();

        public bool IsReady { get; set; }

        /// <summary>Whether a message may be sent that is not here yet.</summary>
        public bool TakesMore => Waiting.Count == 0 && _allowance != 0;

        /// <summary>Whether one that waits may be sent.</summary>
        public bool MaySend => Waiting.Count > 0 && _allowance != 0;

        public bool IsOver => Waiting.Count == 0 && _allowance == NoLimit;

        public void Limit(long messages) => _allowance = messages;

        public void Unlimit() => _allowance = NoLimit;

        /// <summary>How many of some messages that are not here yet may be sent; they use up the allowance.</summary>
        public int Spend(int asked)
        {
            if (!TakesMore)
            {
                return 0;
            }

            var allowed = Allowed(asked);
            Use(allowed);
            return allowed;
        }

        public int TakeWaiting(Span<RemoteDelivery> destination)
        {
            var taken = Waiting.Take(destination[..Allowed(destination.Length)]);
            Use(taken);
            return taken;
        }

        private int Allowed(int asked) => _allowance == NoLimit ? asked : (int)Math.Min(asked, _allowance);

        private void Use(int messages) => _allowance -= _allowance == NoLimit ? 0 : messages;
    }
}
