namespace Remote.LoadTest;

/// <summary>
/// How far the stream of messages of one driver is: keeps the producer a window ahead of the receiving actor at most, and
/// says when the last message was taken. The producer and the collecting actor share it.
/// </summary>
internal sealed class ProductRun(RunPlan plan) : IDisposable
{
    private readonly SemaphoreSlim _room = new(0);
    private readonly CancellationTokenSource _lost = new();
    private TaskCompletionSource _begun = NewSignal();
    private TaskCompletionSource _done = NewSignal();
    private long _deadLetters;
    private string? _firstLoss;

    /// <summary>Messages of one run.</summary>
    public int Expected => plan.Messages;

    /// <summary>Messages of one step.</summary>
    public int Step => plan.WindowStep;

    /// <summary>Messages that came to nothing.</summary>
    public long DeadLetters => Interlocked.Read(ref _deadLetters);

    /// <summary>The receiver is ready for the run, where there is one to ask.</summary>
    public Task Begun => _begun.Task;

    /// <summary>The last message was taken; fails when one was lost.</summary>
    public Task Done => _done.Task;

    /// <summary>Before each run.</summary>
    public void Reset()
    {
        while (_room.Wait(0))
        {
            // Permits that the end of the former run left.
        }

        _room.Release(plan.Window / plan.WindowStep);
        _begun = NewSignal();
        _done = NewSignal();
    }

    /// <summary>Waits until another step of messages may be sent.</summary>
    public async ValueTask WaitForRoomAsync()
    {
        try
        {
            await _room.WaitAsync(_lost.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new LoadTestException(_firstLoss!, exception);
        }
    }

    /// <summary>The receiving actor has taken this many.</summary>
    public void Taken(long messages)
    {
        if (messages == 0)
        {
            _begun.TrySetResult();
            return;
        }

        _room.Release();
        if (messages == plan.Messages)
        {
            _done.TrySetResult();
        }
    }

    /// <summary>A message came to nothing: the run counts for nothing, and whoever waits for it must know.</summary>
    public void Lost(string what)
    {
        if (Interlocked.Increment(ref _deadLetters) == 1)
        {
            _firstLoss = what;
            _lost.Cancel();
            var failure = new LoadTestException(what);
            _begun.TrySetException(failure);
            _done.TrySetException(failure);
        }
    }

    public void Dispose()
    {
        _room.Dispose();
        _lost.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
