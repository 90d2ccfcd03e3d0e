namespace Remote;

/// <summary>What becomes of a message whose target may be limited.</summary>
internal enum ParkResult
{
    /// <summary>It may be sent now: call <see cref="ParkingLot.Sent"/> when it was.</summary>
    Send,

    /// <summary>It waits for its target's credit.</summary>
    Parked,

    /// <summary>It would have to wait, and too many do.</summary>
    Full,
}

/// <summary>
/// The sending side of target credit: messages to targets that take no more for now wait here, each target's in their order, while the writer
/// goes on with the others. Pure and not thread-safe: the holder of the writer role uses it under the lock of the endpoint.
/// </summary>
/// <remarks>
/// Nothing is looked up while <see cref="HasLimits"/> is false, which is nearly always. Bounded by <c>capacity</c> messages and
/// <see cref="MaxTargets"/> targets; a limit for one more target is ignored, for it protects the other targets and not the peer, whose memory
/// the credit of the link protects.
/// </remarks>
internal sealed class ParkingLot(int capacity)
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

    /// <summary>Whether <see cref="TryPeekReady"/> has something.</summary>
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

    /// <summary>Decides about the next user message of the lane; parks it if it has to wait.</summary>
    public ParkResult Offer(in RemoteDelivery delivery)
    {
        if (Find(delivery.Target.Id) is not { TakesMore: false } place)
        {
            return ParkResult.Send;
        }

        if (Count >= capacity)
        {
            return ParkResult.Full;
        }

        place.Waiting.Enqueue(delivery);
        Count++;
        MakeReady(place);
        return ParkResult.Parked;
    }

    /// <summary>Whether a message has to wait: its target takes none for now, or others to it wait already.</summary>
    public bool Holds(in RemoteDelivery delivery) => Find(delivery.Target.Id) is { TakesMore: false };

    /// <summary>A message that was not parked was sent.</summary>
    public void Sent(in RemoteDelivery delivery) => Find(delivery.Target.Id)?.Spend();

    /// <summary>The next message that waited and may go now. It stays until <see cref="TakeReady"/>.</summary>
    public bool TryPeekReady(out RemoteDelivery delivery)
    {
        delivery = HasReady ? _ready.Peek().Waiting.Peek() : default;
        return _ready.Count > 0;
    }

    /// <summary>Takes the message of the last <see cref="TryPeekReady"/> out.</summary>
    /// <param name="sent">False when it was refused for good: then it has not used its target's credit.</param>
    public void TakeReady(bool sent = true)
    {
        var place = _ready.Peek();
        place.Waiting.Dequeue();
        Count--;
        if (sent)
        {
            place.Spend();
        }

        Forget(place);
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

    /// <summary>The stream is over, and with it everything that was said about targets.</summary>
    public void ReleaseAll()
    {
        foreach (var place in _places.Values)
        {
            Release(place);
        }
    }

    /// <summary>The end: takes everything out, each target's messages in their order.</summary>
    public RemoteDelivery[] TakeAll()
    {
        RemoteDelivery[] all = [.. _places.Values.SelectMany(place => place.Waiting)];
        _places.Clear();
        _lastId = null;
        _lastPlace = null;
        _ready.Clear();
        Count = 0;
        return all;
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

        public Queue<RemoteDelivery> Waiting { get; } = new();

        public bool IsReady { get; set; }

        /// <summary>Whether a message may be sent that is not here yet.</summary>
        public bool TakesMore => Waiting.Count == 0 && _allowance != 0;

        /// <summary>Whether one that waits may be sent.</summary>
        public bool MaySend => Waiting.Count > 0 && _allowance != 0;

        public bool IsOver => Waiting.Count == 0 && _allowance == NoLimit;

        public void Limit(long messages) => _allowance = messages;

        public void Unlimit() => _allowance = NoLimit;

        public void Spend() => _allowance -= _allowance > 0 ? 1 : 0;
    }
}
