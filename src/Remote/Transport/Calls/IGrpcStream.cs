using Grpc.Core;

namespace Remote;

/// <summary>
/// One open call of <c>/remote.Remoting/Receive</c> seen from either end: <see cref="DialledCall"/> on the client, <see cref="AcceptedCall"/>
/// on the server. One reader and one writer may be at work at the same time; <see cref="Abort"/> may come from any thread.
/// </summary>
internal interface IGrpcStream
{
    /// <summary>The messages that arrive.</summary>
    FrameReader Reader { get; }

    /// <summary>
    /// Sends one message and flushes it; the memory may be reused when the task completes. One writer at a time. It waits while the peer
    /// grants no flow-control window.
    /// </summary>
    /// <exception cref="RpcException">The call is over or the connection was lost.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the call is reset, since half a message may be on its way.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default);

    /// <summary>Half-closes the call of a client; the server may still answer. On a server it is the handler's return that ends the call.</summary>
    ValueTask CompleteAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Resets the call: both ends see an <see cref="RpcException"/> promptly, messages under way are lost. Idempotent, and without effect
    /// after the call has ended.
    /// </summary>
    void Abort();
}
