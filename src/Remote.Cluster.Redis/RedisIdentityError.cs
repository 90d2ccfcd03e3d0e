namespace Remote.Cluster.Redis;

/// <summary>Why the Redis identity storage could not do what it was asked.</summary>
public enum RedisIdentityError
{
    /// <summary>One or more options are out of range; the message names each with its range.</summary>
    InvalidConfiguration = 1,

    /// <summary>No connection to Redis: it is not there, its address is wrong, or the connection was lost.</summary>
    Unreachable = 2,

    /// <summary>Redis refused the user or the password, or the user may not run what the storage needs.</summary>
    NotPermitted = 3,

    /// <summary>The server is a replica and takes no writes.</summary>
    ReadOnlyReplica = 4,

    /// <summary>Redis has reached its <c>maxmemory</c> and stores nothing more. Removing still works.</summary>
    OutOfMemory = 5,

    /// <summary>No answer in time. The command may have been executed, or may still be.</summary>
    Timeout = 6,

    /// <summary>
    /// Redis started again or lost its memory, and the members have not yet said what runs on them: whether the identity is active cannot be
    /// known. Asking again after the settling time helps.
    /// </summary>
    Unknown = 7,

    /// <summary>Redis cannot work at present: it loads its data, a script blocks it, it cannot write to its disk, or a part of a Redis cluster is down.</summary>
    NotReady = 8,

    /// <summary>Redis answered with an error of another kind; the message has its text.</summary>
    Refused = 9,

    /// <summary>The storage was not initialized, or is disposed.</summary>
    NotRunning = 10,
}
