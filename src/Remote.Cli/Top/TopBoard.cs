namespace Remote.Cli;

/// <summary>The newest picture of each node, in the order in which they were asked for, and the signal that something has changed. Thread-safe.</summary>
internal sealed class TopBoard(IEnumerable<string> addresses)
{
    private readonly Lock _gate = new();
    private readonly NodeView[] _nodes = [.. addresses.Select(NodeView.Unknown)];
    private TaskCompletionSource _changed = NewSignal();

    public IReadOnlyList<NodeView> Nodes
    {
        get
        {
            lock (_gate)
            {
                return [.. _nodes];
            }
        }
    }

    /// <summary>Completes with the next change. Take it before looking, or a change between the two is missed.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    public void Set(NodeView view)
    {
        lock (_gate)
        {
            _nodes[Array.FindIndex(_nodes, node => node.Address == view.Address)] = view;
        }

        Touch();
    }

    /// <summary>Something else has changed: a key was pressed.</summary>
    public void Touch() => Interlocked.Exchange(ref _changed, NewSignal()).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
