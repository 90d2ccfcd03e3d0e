namespace Remote;

/// <summary>
/// Measures the batches of one endpoint while somebody listens: how large they are, and how long the peer takes to acknowledge them.
/// </summary>
/// <remarks>
/// One batch at a time is timed, so that the figure costs a look at the clock per round trip and not per batch. The holder of the writer
/// role begins a
/// measurement when there is none, and the reader of the stream ends it when there is one: neither waits for the other.
/// </remarks>
/// <param name="histograms">Those of the node.</param>
/// <param name="peer">The value of the tag.</param>
/// <param name="time">The clock.</param>
internal sealed class BatchMeter(NodeHistograms histograms, string peer, TimeProvider time)
{
    private long _sentAt;
    private ulong _timed;

    /// <summary>Whether anybody listens: all that a batch pays while nobody does.</summary>
    public bool IsOn => histograms.IsOnForBatches;

    /// <summary>A batch is about to be written for the first time.</summary>
    /// <param name="messages">Its messages, control messages included.</param>
    /// <param name="bytes">The size of its frame.</param>
    /// <param name="sequence">Its number; 0 without a link, where nothing is acknowledged.</param>
    public void Sending(int messages, int bytes, ulong sequence)
    {
        histograms.RecordBatch(peer, messages, bytes);
        if (sequence != 0 && Volatile.Read(ref _timed) == 0)
        {
            _sentAt = time.GetTimestamp();
            Volatile.Write(ref _timed, sequence);
        }
    }

    /// <summary>The peer has accepted all batches up to this one.</summary>
    public void Acknowledged(ulong accepted)
    {
        var timed = Volatile.Read(ref _timed);
        if (timed == 0 || accepted < timed)
        {
            return;
        }

        var elapsed = time.GetElapsedTime(_sentAt);
        Volatile.Write(ref _timed, 0);
        histograms.RecordRoundTrip(peer, elapsed);
    }

    /// <summary>What was written on the stream is written again on another, or never: an outage is no round trip.</summary>
    public void StreamEnded() => Volatile.Write(ref _timed, 0);
}
