namespace Remote.Tests;

/// <summary>What a schedule does to a peer.</summary>
internal enum FaultKind
{
    /// <summary>All its connections are reset.</summary>
    Cut,

    /// <summary>A connection ends after some more bytes, wherever that is in a message.</summary>
    CutAfter,

    /// <summary>Nothing is carried one way for a while.</summary>
    Stall,

    /// <summary>Nothing is carried, attempts hang, and it is healed before anybody finds out.</summary>
    BlackHoleHealed,

    /// <summary>The same, until the heartbeat has found it.</summary>
    BlackHoleFound,

    /// <summary>Its connections are reset and new ones refused for a while.</summary>
    Refuse,

    /// <summary>The sender leaves it, and comes back with the next message.</summary>
    Disconnect,

    /// <summary>The sender drops the connection and dials again.</summary>
    Reconnect,

    /// <summary>It leaves in good order and comes back as another incarnation at the same address.</summary>
    PeerRestarted,

    /// <summary>It dies and comes back as another incarnation at the same address.</summary>
    PeerKilled,
}
