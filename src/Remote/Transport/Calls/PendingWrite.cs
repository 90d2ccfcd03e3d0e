using System.Threading.Tasks.Sources;

namespace Remote;

/// <summary>
/// Waits for the writes of a call, one after the other, and for none longer than <see cref="Grace"/> after the call has ended. Kestrel loses a
/// write whose caller resets the call at the very moment in which it has used up the caller's window: such a write never ends, not even with its
/// connection, until the handler has returned, which waits for it. The waiting costs no memory.
/// </summary>
internal sealed class PendingWrite(TimeProvider time) : IValueTaskSource, IDisposable
{
    /// <summary>A write whose call has ended fails within milliseconds. As long as the web server itself gives the rest of a request.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Lock _timerGate = new();
    private ManualResetValueTaskSourceCore<bool> _wait;
    private Action? _onWritten;
    private ITimer? _timer;
    private bool _isDisposed;

    // The write that somebody waits for; who takes it out of here completes the wait.
    private Task? _waiting;

    /// <summary>Waits for a write. Await the result once, before the next one.</summary>
    /// <param name="write">The write.</param>
    /// <param name="gone">Cancelled once the call has ended. Whoever has it calls <see cref="OnGone"/> then.</param>
    /// <returns>Completes with the write, or without it when that was given up.</returns>
    public ValueTask WaitAsync(Task write, CancellationToken gone)
    {
        if (write.IsCompleted)
        {
            return new ValueTask(write);
        }

        _wait.Reset();
        var version = _wait.Version;

        // A fence: a plain write could still be on its way to memory when the token is read. The end that comes at that moment would find no write
        // and this no end, and the wait would last for ever.
        Interlocked.Exchange(ref _waiting, write);
        if (gone.IsCancellationRequested)
        {
            // It may have ended before this was known as a write.
            OnGone();
        }

        write.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_onWritten ??= OnWritten);
        return new ValueTask(this, version);
    }

    /// <summary>The call has ended. Idempotent.</summary>
    public void OnGone()
    {
        if (Volatile.Read(ref _waiting) is null)
        {
            return;
        }

        lock (_timerGate)
        {
            if (!_isDisposed)
            {
                // A handler that does not notice the end may write again when the time of an earlier write is over.
                _timer ??= Detached.Timer(time, static wait => ((PendingWrite)wait!).GiveUp(), this);
                _timer.Change(Grace, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (_timerGate)
        {
            _isDisposed = true;
            _timer?.Dispose();
        }
    }

    void IValueTaskSource.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private void OnWritten()
    {
        // There is no later write that this could be taken for: none follows one that was given up.
        if (Interlocked.Exchange(ref _waiting, null) is not { } write)
        {
            return;
        }

        if (write.IsCompletedSuccessfully)
        {
            _wait.SetResult(true);
            return;
        }

        _wait.SetException(write.Exception?.InnerException ?? new OperationCanceledException());
    }

    private void GiveUp()
    {
        if (Interlocked.Exchange(ref _waiting, null) is not { } write)
        {
            return;
        }

        // It fails once the handler has returned, and nobody is there to be told.
        Detached.Forget(write);
        _wait.SetResult(false);
    }
}
