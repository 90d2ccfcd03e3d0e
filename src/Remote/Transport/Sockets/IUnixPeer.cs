namespace Remote;

/// <summary>
/// A feature of connections over Unix-domain sockets: the process at the other end, as the kernel knows it since it connected. No peer can
/// make it up.
/// </summary>
internal interface IUnixPeer
{
    /// <summary>The user that the peer ran as.</summary>
    uint UserId { get; }

    /// <summary>The group that the peer ran as.</summary>
    uint GroupId { get; }

    /// <summary>The process that connected. It may have ended, and its number may be another's by now: for logs, not for decisions.</summary>
    int ProcessId { get; }
}
