namespace Remote.Testing;

/// <summary>The faults of one direction until it is healed.</summary>
/// <param name="Stalled">Nothing is carried, nothing is lost.</param>
/// <param name="Holed">Everything is taken in and nothing comes out.</param>
/// <param name="Delay">How long each byte is under way.</param>
/// <param name="BytesPerSecond">The most that is carried; 0: as much as goes.</param>
internal readonly record struct NetworkFaults(bool Stalled, bool Holed, TimeSpan Delay, long BytesPerSecond);

/// <summary>How a direction ended.</summary>
internal enum PumpEnd
{
    /// <summary>Its sender said that there is no more.</summary>
    SourceEnded,

    /// <summary>Its receiver reads no more.</summary>
    ReceiverLeft,

    /// <summary>At a chosen byte: the receiver reads up to there and then a clean end.</summary>
    Truncated,

    /// <summary>At a chosen byte, with a reset for both sides.</summary>
    Reset,

    /// <summary>The receiver is told that there is no more; the sender is not told.</summary>
    HalfClosed,
}

/// <summary>How far a pump may go now.</summary>
/// <param name="Bytes">The number of bytes that pass, or vanish.</param>
/// <param name="Swallow">Whether they vanish.</param>
/// <param name="Then">The end of the direction that follows, if one does.</param>
internal readonly record struct Passage(long Bytes, bool Swallow = false, PumpEnd? Then = null);
