namespace Remote;

/// <summary>
/// Measures the batches of one endpoint while somebody listens: how large they are, and how long the peer takes to acknowledge them, one at
/// a time.
/// </summary>
/// <param name="histograms">Those of the node.</param>
/// <param name="peer">The value of the tag.</param>
/// <param name="time">The clock.</param>
internal sealed class BatchMeter(NodeHistograms histograms, string peer, TimeProvider time)
{
    private readonly RoundTripTimer _timer = new(time);

    /// <summary>Whether anybody listens: all that a batch pays while nobody does.</summary>
    public bool IsOn => histograms.IsOnForBatches;

    /// <summary>A batch is about to be written for the first time.</summary>
    /// <param name="messages">Its messages, control messages included.</param>
    /// <param name="bytes">The size of its frame.</param>
    /// <param name="sequence">Its number; 0 without a link, where nothing is acknowledged.</param>
    public void Sending(int messages, int bytes, ulong sequence)
    {
        histograms.RecordBatch(peer, messages, bytes);
        if (sequence != 0)
        {
            _timer.Sending(sequence);
        }
    }

    /// <summary>The peer has accepted all batches up to this one.</summary>
    public void Acknowledged(ulong accepted)
    {
        if (_timer.TryEnd(accepted, out var elapsed))
        {
            histograms.RecordRoundTrip(peer, elapsed);
        }
    }

    /// <summary>What was written on the stream is written again on another, or never: an outage is no round trip.</summary>
    public void StreamEnded() => _timer.Reset();
}
