namespace Remote;

/// <summary>
/// Measures the heartbeats of one stream while somebody listens: how long the peer takes to send one back. Those of a peer that sends none
/// back, an older Remote, are not measured.
/// </summary>
/// <param name="histograms">Those of the node.</param>
/// <param name="peer">The value of the tag.</param>
/// <param name="time">The clock.</param>
internal sealed class HeartbeatMeter(NodeHistograms histograms, string peer, TimeProvider time)
{
    private readonly RoundTripTimer _timer = new(time);
    private ulong _number;

    /// <summary>Whether anybody listens: heartbeats have no number, and are not sent back, while nobody does.</summary>
    public bool IsOn => histograms.IsOnForHeartbeats;

    /// <summary>A heartbeat is about to be written. Called by the holder of the writer's turn.</summary>
    /// <returns>Its number.</returns>
    public ulong Sending()
    {
        var number = _number + 1;
        Volatile.Write(ref _number, number);
        _timer.Sending(number);
        return number;
    }

    /// <summary>The peer has sent this one back. One that was never sent counts for nothing.</summary>
    public void Echoed(ulong number)
    {
        if (number <= Volatile.Read(ref _number) && _timer.TryEnd(number, out var elapsed))
        {
            histograms.RecordHeartbeat(peer, elapsed);
        }
    }
}
