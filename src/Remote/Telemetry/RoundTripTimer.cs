namespace Remote;

/// <summary>
/// Times one of the numbered frames that are under way at a time, from its write to the news that it has arrived, so that a figure costs
/// two looks at the clock per round trip and not per frame.
/// </summary>
/// <remarks>
/// The writer of the frames begins a measurement when there is none, and the reader of the answers ends it when there is one: neither
/// waits for the other.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class RoundTripTimer(TimeProvider time)
{
    private long _sentAt;
    private ulong _timed;

    /// <summary>A frame is about to be written.</summary>
    /// <param name="number">Its number, from 1 and rising.</param>
    public void Sending(ulong number)
    {
        if (Volatile.Read(ref _timed) == 0)
        {
            _sentAt = time.GetTimestamp();
            Volatile.Write(ref _timed, number);
        }
    }

    /// <summary>All frames up to this one have arrived.</summary>
    /// <returns>Whether the one that was timed is among them, and how long that took.</returns>
    public bool TryEnd(ulong arrived, out TimeSpan elapsed)
    {
        var timed = Volatile.Read(ref _timed);
        if (timed == 0 || arrived < timed)
        {
            elapsed = default;
            return false;
        }

        elapsed = time.GetElapsedTime(_sentAt);
        Volatile.Write(ref _timed, 0);
        return true;
    }

    /// <summary>Nothing is under way any more.</summary>
    public void Reset() => Volatile.Write(ref _timed, 0);
}
