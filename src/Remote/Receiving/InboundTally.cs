using Remote.Actors;

namespace Remote;

/// <summary>What became of the envelopes of one batch that was received. Belongs to the read loop of a stream, and is emptied after each batch.</summary>
internal sealed class InboundTally
{
    private readonly Dictionary<DeadLetterReason, long> _rejected = [];

    /// <summary>All of them.</summary>
    public long Received { get; private set; }

    /// <summary>Given to the process they were for.</summary>
    public long Delivered { get; private set; }

    /// <summary>Said that an actor ended which nobody here watches.</summary>
    public long UnmatchedTerminated { get; private set; }

    /// <summary>Not given to a process, by reason. Nearly always empty.</summary>
    public IReadOnlyDictionary<DeadLetterReason, long> Rejected => _rejected;

    /// <summary>One more, whatever becomes of it.</summary>
    public void Receive() => Received++;

    public void Deliver() => Delivered++;

    public void Drop() => UnmatchedTerminated++;

    public void Reject(DeadLetterReason reason) => _rejected[reason] = _rejected.GetValueOrDefault(reason) + 1;

    public void Clear()
    {
        Received = Delivered = UnmatchedTerminated = 0;
        if (_rejected.Count > 0)
        {
            _rejected.Clear();
        }
    }
}
