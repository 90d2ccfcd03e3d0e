namespace Remote;

/// <summary>The state of an endpoint, and the tasks that wait for it to be settled: connected or closed. Thread-safe.</summary>
internal sealed class EndpointStateCell
{
    private readonly Lock _gate = new();
    private volatile EndpointState _state;
    private volatile TaskCompletionSource<EndpointState> _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EndpointState Value => _state;

    public void Set(EndpointState state)
    {
        using var scope = _gate.EnterScope();
        if (_state == state)
        {
            return;
        }

        _state = state;
        if (_settled.Task.IsCompleted)
        {
            _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (state is EndpointState.Connected or EndpointState.Closed)
        {
            _settled.SetResult(state);
        }

        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    /// <summary>Completes with Connected or Closed, at once when that is the state now.</summary>
    public Task<EndpointState> WhenSettledAsync() => _settled.Task;

    /// <summary>Completes with the next change of the state, at once when it is another one now.</summary>
    public Task WhenLeftAsync(EndpointState state)
    {
        // In this order: a change that comes after the look at the state completes this task.
        var changed = _changed.Task;
        return _state == state ? changed : Task.CompletedTask;
    }
}
