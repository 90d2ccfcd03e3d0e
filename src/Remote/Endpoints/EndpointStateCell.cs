namespace Remote;

/// <summary>The state of an endpoint, and the tasks that wait for it to be settled: connected or closed. Thread-safe.</summary>
internal sealed class EndpointStateCell
{
    private readonly Lock _gate = new();
    private int _state;
    private TaskCompletionSource<EndpointState>? _settled;
    private TaskCompletionSource? _changed;

    public EndpointState Value => (EndpointState)Volatile.Read(ref _state);

    public void Set(EndpointState state)
    {
        TaskCompletionSource<EndpointState>? settled = null;
        TaskCompletionSource? changed;
        lock (_gate)
        {
            if (Value == state)
            {
                return;
            }

            (changed, _changed) = (_changed, null);
            Volatile.Write(ref _state, (int)state);
            if (IsSettled(state))
            {
                (settled, _settled) = (_settled, null);
            }
        }

        settled?.TrySetResult(state);
        changed?.TrySetResult();
    }

    /// <summary>Completes with Connected or Closed, at once when that is the state now.</summary>
    public Task<EndpointState> WhenSettledAsync()
    {
        lock (_gate)
        {
            if (IsSettled(Value))
            {
                return Task.FromResult(Value);
            }

            _settled ??= new TaskCompletionSource<EndpointState>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _settled.Task;
        }
    }

    /// <summary>Completes with the next change of the state, at once when it is another one now.</summary>
    public Task WhenLeftAsync(EndpointState state)
    {
        lock (_gate)
        {
            if (Value != state)
            {
                return Task.CompletedTask;
            }

            _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _changed.Task;
        }
    }

    private static bool IsSettled(EndpointState state) => state is EndpointState.Connected or EndpointState.Closed;
}
