using System.Threading.Tasks.Sources;
using Grpc.Core;

namespace Remote;

/// <summary>
/// Reads the messages of a call one after the other. A read that is given up is taken up by the next one: gRPC itself would end the call.
/// One reader at a time; its waiting costs no memory.
/// </summary>
internal sealed class FrameReader : IValueTaskSource<bool>
{
    private readonly IAsyncStreamReader<Frame> _frames;
    private readonly IReceivedBytes _bytes;
    private readonly Func<Exception, RpcException> _failure;
    private readonly Action _onMoved;
    private ManualResetValueTaskSourceCore<bool> _wait;
    private CancellationTokenRegistration _registration;
    private CancellationToken _registered;
    private volatile Task<bool>? _pending;
    private Frame? _frame;
    private RpcException? _failed;
    private int _isWaiting;
    private bool _isAtEnd;

    /// <param name="frames">The messages as gRPC hands them over.</param>
    /// <param name="bytes">Counts what arrives, whole messages and parts of one.</param>
    /// <param name="failure">What an exception of a read means: a verdict of the peer, or a cut.</param>
    public FrameReader(IAsyncStreamReader<Frame> frames, IReceivedBytes bytes, Func<Exception, RpcException> failure)
    {
        (_frames, _bytes, _failure) = (frames, bytes, failure);
        _onMoved = OnMoved;
    }

    /// <summary>The current message. Valid until the next read.</summary>
    public ReadOnlyMemory<byte> Message => _frame?.Memory ?? default;

    /// <summary>How many bytes have arrived, of complete messages and of others. May be read from any thread: while it grows, the peer lives.</summary>
    public long BytesReceived => _bytes.BytesReceived;

    /// <summary>Moves to the next message. Await the result once.</summary>
    /// <returns>False at the clean end of the stream. On the client that means the status is OK.</returns>
    /// <exception cref="RpcException">The call ended with another status, was reset, or sent a malformed or too large frame.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the call is still usable.</exception>
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default)
    {
        _frame?.Return();
        _frame = null;
        if (_failed is { } before)
        {
            return ValueTask.FromException<bool>(CallFailure.Of(before.StatusCode, before.Status.Detail, before));
        }

        if (_isAtEnd)
        {
            return new ValueTask<bool>(false);
        }

        var next = _pending ?? Next();
        if (next.IsCompletedSuccessfully)
        {
            return new ValueTask<bool>(Take(next));
        }

        Wait(next, cancellationToken);
        return new ValueTask<bool>(this, _wait.Version);
    }

    /// <summary>Nobody reads any more. What was read last goes back to its pool.</summary>
    public void End()
    {
        _frame?.Return();
        _frame = null;
        _registration.Dispose();

        // A read that was given up fails with the end of the call, which is known to everybody by then.
        _ = _pending?.ContinueWith(
            static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private Task<bool> Next()
    {
        try
        {
            return _frames.MoveNext(CancellationToken.None);
        }
        catch (Exception exception)
        {
            return Task.FromException<bool>(exception);
        }
    }

    /// <summary>Completes the wait with the move or with the token, whichever comes first.</summary>
    private void Wait(Task<bool> next, CancellationToken cancellationToken)
    {
        _wait.Reset();
        _pending = next;
        Volatile.Write(ref _isWaiting, 1);
        if (cancellationToken != _registered)
        {
            // Reads of one loop come with one token.
            _registration.Dispose();
            _registered = cancellationToken;
            _registration = cancellationToken.UnsafeRegister(static reader => ((FrameReader)reader!).OnCancelled(), this);
        }
        else if (cancellationToken.IsCancellationRequested)
        {
            OnCancelled();
        }

        next.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onMoved);
    }

    /// <summary>Also called for a move that was waited for, given up, and waited for again: then it is a later one that is pending, or none.</summary>
    private void OnMoved()
    {
        if (_pending is not { IsCompleted: true } next || Interlocked.Exchange(ref _isWaiting, 0) == 0)
        {
            return;
        }

        if (next.IsCompletedSuccessfully)
        {
            _wait.SetResult(Take(next));
            return;
        }

        _pending = null;
        _failed = _failure(next.Exception?.InnerException ?? new OperationCanceledException());
        _wait.SetException(_failed);
    }

    private void OnCancelled()
    {
        if (Interlocked.Exchange(ref _isWaiting, 0) != 0)
        {
            _wait.SetException(new OperationCanceledException(_registered));
        }
    }

    private bool Take(Task<bool> moved)
    {
        _pending = null;
        var hasMoved = moved.Result;
        _isAtEnd = !hasMoved;
        _frame = hasMoved ? _frames.Current : null;
        return hasMoved;
    }
}
