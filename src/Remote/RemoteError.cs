namespace Remote;

/// <summary>The kinds of failure of a remoting operation.</summary>
public enum RemoteError
{
    /// <summary>One or more options are out of range; the message names each with its range.</summary>
    InvalidConfiguration = 1,

    /// <summary>The listener could not be bound.</summary>
    BindFailed = 2,

    /// <summary>This node is shutting down, or has.</summary>
    NotRunning = 3,

    /// <summary>The address does not have the form <c>host:port</c> or <c>unix:///path</c>.</summary>
    InvalidAddress = 4,

    /// <summary>The peer could not be reached, or its endpoint closed before an answer came.</summary>
    Unreachable = 5,

    /// <summary>No answer came in time.</summary>
    Timeout = 6,

    /// <summary>A process of that name exists already; its PID is in <see cref="RemoteException.Pid"/>.</summary>
    NameExists = 7,

    /// <summary>The peer could not spawn: it does not know the kind, or the actor's constructor failed.</summary>
    SpawnFailed = 8,

    /// <summary>The user lane to the peer is full and stayed full for the send timeout.</summary>
    QueueFull = 9,

    /// <summary>The endpoint closed while the message waited for room.</summary>
    EndpointClosed = 10,

    /// <summary>The peer broke the protocol.</summary>
    ProtocolViolation = 12,

    /// <summary>This node has the peer on its block list, or the peer this node.</summary>
    Blocked = 13,

    /// <summary>The peer does not let this node do that.</summary>
    Forbidden = 14,
}
