namespace Remote.Transport;

/// <summary>
/// One open call seen from either end: <see cref="GrpcDuplexCall"/> on the client, <see cref="GrpcServerStream"/> on the
/// server. One reader and one writer may be at work at the same time; <see cref="Abort"/> may come from any thread.
/// </summary>
public interface IGrpcStream
{
    /// <summary>The method that was called, <c>/package.Service/Method</c>.</summary>
    string Method { get; }

    /// <summary>The messages that arrive.</summary>
    GrpcFrameReader Reader { get; }

    /// <summary>How the call ended; null while it is open.</summary>
    GrpcStatus? Status { get; }

    /// <summary>
    /// Sends one message behind its prefix and flushes it; the memory may be reused when the task completes. One writer at a
    /// time. It waits while the peer grants no flow-control window.
    /// </summary>
    /// <exception cref="GrpcException">The call is over or the connection was lost.</exception>
    /// <exception cref="InvalidOperationException">Another write is under way.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the call is reset, since half a message may be on its way.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default);

    /// <summary>
    /// Says that nothing more will be written. On the client this half-closes the call and the server may still answer; on
    /// the server it ends the response with the status OK. Idempotent.
    /// </summary>
    ValueTask CompleteAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Resets the call: both ends see a <see cref="GrpcException"/> promptly, messages under way are lost. Idempotent, and
    /// without effect after the call has ended.
    /// </summary>
    void Abort();
}
