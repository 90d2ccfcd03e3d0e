using System.Runtime.InteropServices;
namespace Remote;

/// <summary>The envelopes of one received batch, by their outcome. The read loop of a stream empties it after each batch.</summary>
internal sealed class InboundTally
{
    public long Received { get; set; }

    public long Delivered { get; set; }

    /// <summary>Reports of the end of an actor that no actor here watches.</summary>
    public long UnmatchedTerminated { get; set; }

    /// <summary>Envelopes that were not given to a process, by reason. Nearly always empty.</summary>
    public Dictionary<DeadLetterReason, long> Rejected { get; } = [];

    public void Reject(DeadLetterReason reason) => CollectionsMarshal.GetValueRefOrAddDefault(Rejected, reason, out _)++;

    public void Clear()
    {
        Received = Delivered = UnmatchedTerminated = 0;
        Rejected.Clear();
    }
}
