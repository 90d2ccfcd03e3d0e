using System.Buffers;
using System.Runtime.CompilerServices;
using Grpc.Core;

namespace Remote;

/// <summary>
/// Reads the messages of a call one after the other. A read that is given up is taken up by the next one: gRPC itself would end the call.
/// One reader at a time.
/// </summary>
/// <param name="frames">The messages as gRPC hands them over.</param>
/// <param name="bytes">Counts what arrives, whole messages and parts of one.</param>
/// <param name="failure">What an exception of a read means: a verdict of the peer, or a cut.</param>
internal sealed class FrameReader(IAsyncStreamReader<Frame> frames, IReceivedBytes bytes, Func<Exception, RpcException> failure)
{
    private Task<bool>? _pending;
    private Frame? _frame;
    private RpcException? _failure;
    private bool _isAtEnd;

    /// <summary>The current message. Valid until the next read.</summary>
    public ReadOnlySequence<byte> Message => _frame is { } frame ? new ReadOnlySequence<byte>(frame.Memory) : default;

    /// <summary>How many bytes have arrived, of complete messages and of others. May be read from any thread: while it grows, the peer lives.</summary>
    public long BytesReceived => bytes.BytesReceived;

    /// <summary>Moves to the next message.</summary>
    /// <returns>False at the clean end of the stream. On the client that means the status is OK.</returns>
    /// <exception cref="RpcException">The call ended with another status, was reset, or sent a malformed or too large frame.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the call is still usable.</exception>
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default)
    {
        _frame?.Return();
        _frame = null;
        if (_failure is { } before)
        {
            return ValueTask.FromException<bool>(new RpcException(before.Status, before.Message));
        }

        if (_isAtEnd)
        {
            return new ValueTask<bool>(false);
        }

        var next = _pending ??= Next();
        return next.IsCompletedSuccessfully ? new ValueTask<bool>(Take(next.Result)) : WaitAsync(next, cancellationToken);
    }

    /// <summary>Nobody reads any more. What was read last goes back to its pool.</summary>
    public void End()
    {
        _frame?.Return();
        _frame = null;

        // A read that was given up fails with the end of the call, which is known to everybody by then.
        _ = _pending?.ContinueWith(
            static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private Task<bool> Next()
    {
        try
        {
            return frames.MoveNext(CancellationToken.None);
        }
        catch (Exception exception)
        {
            return Task.FromException<bool>(exception);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync(Task<bool> next, CancellationToken cancellationToken)
    {
        try
        {
            return Take(await next.WaitAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !next.IsCompleted)
        {
            throw;
        }
        catch (Exception exception)
        {
            _pending = null;
            throw _failure = failure(exception);
        }
    }

    private bool Take(bool hasMoved)
    {
        _pending = null;
        _isAtEnd = !hasMoved;
        _frame = hasMoved ? frames.Current : null;
        return hasMoved;
    }
}
