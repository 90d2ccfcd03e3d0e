using Proto.Cluster.Identity;

namespace Remote.Cluster.Redis;

/// <summary>
/// The identity storage could not do what it was asked, and did nothing in silence. <see cref="Error"/> says why; the message names the server
/// and the way out. Proto.Cluster's lookup logs it and asks again.
/// </summary>
/// <param name="error">The kind of failure.</param>
/// <param name="message">The whole story for the person who reads the log.</param>
/// <param name="innerException">The cause, if there is one.</param>
public sealed class RedisIdentityException(RedisIdentityError error, string message, Exception? innerException = null)
    : StorageFailureException(message, innerException!)
{
    /// <summary>The kind of failure.</summary>
    public RedisIdentityError Error { get; } = error;

    /// <summary>Whether the same call may succeed later without anything being changed.</summary>
    public bool IsRetryable => Error is RedisIdentityError.Unreachable or RedisIdentityError.Timeout or RedisIdentityError.Unknown
        or RedisIdentityError.NotReady or RedisIdentityError.OutOfMemory;
}
