namespace Remote;

/// <summary>The policy for user messages while a lost connection, or one that could not be made, is dialled again.</summary>
public enum OutagePolicy
{
    /// <summary>
    /// They wait in the bounded user lane and go out when the connection stands. They are dead letters only if the endpoint closes.
    /// </summary>
    Buffer = 0,

    /// <summary>
    /// Those that wait become dead letters when the outage begins, and new ones at once, with reason <c>NotConnected</c>: for messages
    /// that are worth nothing later. Until the first attempt has failed they wait as ever.
    /// </summary>
    DeadLetter = 1,
}
