namespace Remote.Transport;

/// <summary>What one call may differ in. Not copied: do not change it while the call is being opened.</summary>
public sealed class GrpcCallOptions
{
    /// <summary>Metadata sent with the request. Default: none.</summary>
    public GrpcMetadata? Headers { get; set; }

    /// <summary>
    /// How long the whole call may take. The server is told, and the client ends the call itself with
    /// <see cref="GrpcStatusCode.DeadlineExceeded"/>. Default: for ever.
    /// </summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>The largest message accepted, in bytes. Default: the client's limit.</summary>
    public int? MaxReceiveMessageBytes { get; set; }
}
