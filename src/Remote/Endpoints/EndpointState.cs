namespace Remote;

/// <summary>The state of the way to one peer.</summary>
public enum EndpointState
{
    /// <summary>Nothing was sent yet; the first message dials.</summary>
    Idle = 0,

    /// <summary>An attempt is under way: dial, handshake, acceptance.</summary>
    Connecting = 1,

    /// <summary>The peer accepted; messages flow.</summary>
    Connected = 2,

    /// <summary>An attempt failed or the connection was lost; the next attempt waits for its delay. Messages queue meanwhile.</summary>
    Backoff = 3,

    /// <summary>Given up or left; queued messages are dead letters. The next message after the quarantine starts a new endpoint.</summary>
    Closed = 4,
}
