namespace Remote.Transport;

/// <summary>The seventeen outcomes a gRPC call can have; the numbers are those on the wire.</summary>
public enum GrpcStatusCode
{
    /// <summary>The call succeeded.</summary>
    OK = 0,

    /// <summary>The call was cancelled, usually by its caller.</summary>
    Cancelled = 1,

    /// <summary>A failure nobody classified, such as an exception in a handler.</summary>
    Unknown = 2,

    /// <summary>The request makes no sense whatever the state of the server.</summary>
    InvalidArgument = 3,

    /// <summary>The time the caller allowed is over; the work may still have been done.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was asked for does not exist.</summary>
    NotFound = 5,

    /// <summary>What was to be created exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A limit was reached, for instance the size of a message.</summary>
    ResourceExhausted = 8,

    /// <summary>The server is not in the state the call needs.</summary>
    FailedPrecondition = 9,

    /// <summary>The call lost against a concurrent one.</summary>
    Aborted = 10,

    /// <summary>The request points past the valid range.</summary>
    OutOfRange = 11,

    /// <summary>The server has no such method, or cannot read the message encoding.</summary>
    Unimplemented = 12,

    /// <summary>An invariant is broken: a malformed frame, an unexpected reset.</summary>
    Internal = 13,

    /// <summary>The server cannot be reached or the connection was lost; trying again may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or corrupt beyond recovery.</summary>
    DataLoss = 15,

    /// <summary>The caller could not be identified.</summary>
    Unauthenticated = 16,
}
