namespace Remote.Tests;

/// <summary>How far the senders of a phase are, and who waits to hear of it.</summary>
internal sealed class FaultProgress(int senders)
{
    private readonly Lock _gate = new();
    private readonly List<(int Offered, TaskCompletionSource Reached)> _waiters = [];
    private int _offered;
    private int _idle;

    public int Offered
    {
        get
        {
            lock (_gate)
            {
                return _offered;
            }
        }
    }

    /// <summary>A sender has offered a message.</summary>
    public void Offer() => Change(() => _offered++);

    /// <summary>A sender waits for room, or is done.</summary>
    public void Pause() => Change(() => _idle++);

    /// <summary>A sender goes on after waiting.</summary>
    public void Continue() => Change(() => _idle--);

    /// <summary>Completes when so many messages have been offered, or none will be until something changes.</summary>
    public Task WaitAsync(int offered)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Change(() => _waiters.Add((offered, waiter)));
        return waiter.Task;
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            foreach (var (offered, reached) in _waiters)
            {
                if (_offered >= offered || _idle == senders)
                {
                    reached.TrySetResult();
                }
            }
        }
    }
}
