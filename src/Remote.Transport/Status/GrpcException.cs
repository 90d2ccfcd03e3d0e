namespace Remote.Transport;

/// <summary>
/// A call ended with a status other than OK. Thrown by the client for what the server or the network answered; thrown by
/// a server handler to choose the status its caller sees.
/// </summary>
public sealed class GrpcException : Exception
{
    /// <summary>Creates the exception.</summary>
    public GrpcException(GrpcStatus status, Exception? innerException = null)
        : base(status.ToString(), innerException) => Status = status;

    /// <summary>Creates the exception from a code and a text for people.</summary>
    public GrpcException(GrpcStatusCode code, string detail, Exception? innerException = null)
        : this(new GrpcStatus(code, detail), innerException)
    {
    }

    /// <summary>How the call ended.</summary>
    public GrpcStatus Status { get; }

    /// <summary>Trailing metadata that came with the status, or, thrown by a handler, that is to go with it. Null: none.</summary>
    public GrpcMetadata? Trailers { get; init; }
}
