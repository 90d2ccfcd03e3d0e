namespace Remote.LoadTest;

/// <summary>
/// Holds the senders back to a few parts ahead of the cut that is due, so that the cuts fall all over the run whatever the machine does.
/// </summary>
internal sealed class SendGate(CutsPlan plan)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = NewSignal();
    private int _cuts;

    /// <summary>Waits until a message may be sent.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="messages">How many the sender has in all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async ValueTask WaitAsync(int number, int messages, CancellationToken cancellation)
    {
        while (number > Allowed(messages))
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Task;
            }

            if (number > Allowed(messages))
            {
                await changed.WaitAsync(cancellation);
            }
        }
    }

    public void CutMade()
    {
        TaskCompletionSource former;
        lock (_gate)
        {
            Volatile.Write(ref _cuts, _cuts + 1);
            (former, _changed) = (_changed, NewSignal());
        }

        former.SetResult();
    }

    private long Allowed(int messages)
    {
        var cuts = Volatile.Read(ref _cuts);
        return cuts >= plan.Cuts ? messages : Math.Min(messages, (long)messages * (cuts + CutsPlan.PartsAhead) / (plan.Cuts + 1));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
