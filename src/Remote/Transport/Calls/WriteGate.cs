using System.Diagnostics;

namespace Remote;

/// <summary>
/// Lets one writer at a time to the response, and none once it is closed. When a call has ended, the web server uses the
/// same objects for the next one: a write that is still under way in another thread would end up in a stranger's answer.
/// </summary>
internal sealed class WriteGate
{
    private const int Writing = 1;
    private const int Closed = 2;

    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    /// <summary>Whether nobody is let in any more; true also while the last writer is still inside.</summary>
    public bool IsClosed => (Volatile.Read(ref _state) & Closed) != 0;

    /// <summary>False when somebody else is writing or the gate is closed.</summary>
    public bool TryEnter() => Interlocked.CompareExchange(ref _state, Writing, 0) == 0;

    public void Leave()
    {
        int before = Interlocked.And(ref _state, ~Writing);
        Debug.Assert((before & Writing) != 0, "Only who entered leaves.");
        if ((before & Closed) != 0)
        {
            _left.TrySetResult();
        }
    }

    /// <summary>Lets nobody in any more; completes when the writer that is inside has left.</summary>
    public Task CloseAsync() => (Interlocked.Or(ref _state, Closed) & Writing) != 0 ? _left.Task : Task.CompletedTask;
}
