using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Remote;

/// <summary>A call of Receive as its client sees it. Abort it, or read it to its end.</summary>
internal sealed class DialledCall : IGrpcStream
{
    private readonly AsyncDuplexStreamingCall<OutboundFrame, Frame> _call;
    private readonly OutboundFrame _outbound = new();

    /// <param name="call">As gRPC has it.</param>
    /// <param name="bytes">Counts what the connection receives.</param>
    /// <param name="refusal">What a web server said that refused the call before gRPC saw it.</param>
    public DialledCall(AsyncDuplexStreamingCall<OutboundFrame, Frame> call, IReceivedBytes bytes, Func<string?> refusal)
    {
        _call = call;
        Reader = new FrameReader(call.ResponseStream, bytes, exception => CallFailure.AtClient(exception, refusal()));
    }

    /// <inheritdoc/>
    public FrameReader Reader { get; }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _outbound.Message = message;
        try
        {
            await _call.RequestStream.WriteAsync(_outbound, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                // Part of the message may be on its way; whatever came next would be read as the rest of it.
                Abort();
                cancellationToken.ThrowIfCancellationRequested();
            }

            // A write that finds the call complete says so by its state only; how it ended, the reader knows.
            throw exception is InvalidOperationException
                ? CallFailure.Of(StatusCode.Cancelled, "The call has ended.", exception)
                : CallFailure.AtClient(exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _call.RequestStream.CompleteAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException)
        {
            // The call is over already, and its reader is told how it ended.
        }
    }

    /// <inheritdoc/>
    public void Abort() => _call.Dispose();
}
