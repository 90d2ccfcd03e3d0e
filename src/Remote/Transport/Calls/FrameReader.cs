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

    // The move that a reader waits for; who takes it out of here completes the wait.
    private Task<bool>? _waiting;
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
    /// <returns>A read that was given up and that gRPC is still at; <see langword="null"/> when there is none.</returns>
    public Task? End()
    {
        _frame?.Return();
        _frame = null;
        _registration.Dispose();
        return _pending is { IsCompleted: false } givenUp ? givenUp : null;
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
        Volatile.Write(ref _waiting, next);
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

    /// <summary>
    /// Called once for each wait, and so twice for a move whose first wait was given up: by then its reader may wait for a later one, which only
    /// its own completion may end.
    /// </summary>
    private void OnMoved()
    {
        var next = Volatile.Read(ref _waiting);
        if (next is not { IsCompleted: true } || Interlocked.CompareExchange(ref _waiting, null, next) != next)
        {
            if (_pending is { IsFaulted: true } givenUp)
            {
                // The end of the call, which is known to everybody else.
                _ = givenUp.Exception;
            }

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
        if (Interlocked.Exchange(ref _waiting, null) is not null)
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
