using Proto;

namespace Remote;

/// <summary>
/// A failed remoting operation. <see cref="Error"/> says what happened, <see cref="IsRetryable"/> whether trying again can help.
/// </summary>
/// <param name="error">The kind of failure.</param>
/// <param name="message">The whole story for the person who reads the log.</param>
/// <param name="innerException">The cause, if there is one.</param>
public sealed class RemoteException(RemoteError error, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The kind of failure.</summary>
    public RemoteError Error { get; } = error;

    /// <summary>The address of the peer, when one was involved.</summary>
    public string? Address { get; init; }

    /// <summary>The incarnation that answered, when that is known.</summary>
    internal string? SystemId { get; init; }

    /// <summary>The existing process of a <see cref="RemoteError.NameExists"/>; otherwise <see langword="null"/>.</summary>
    public PID? Pid { get; init; }

    /// <summary>Whether the same call may succeed later without anything being changed by the caller.</summary>
    public bool IsRetryable => Error is RemoteError.Unreachable or RemoteError.Timeout or RemoteError.QueueFull or RemoteError.EndpointClosed;
}
