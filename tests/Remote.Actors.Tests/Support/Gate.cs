namespace Remote.Actors.Tests;

/// <summary>An actor's message that holds the actor up until the test opens it.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Entered => _entered.Task;

    public Task PassAsync()
    {
        _entered.TrySetResult();
        return _opened.Task;
    }

    public void Open() => _opened.TrySetResult();
}
