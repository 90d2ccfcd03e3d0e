namespace Remote;

/// <summary>Tells a dialler to end its endpoint, why, and how fast. Asked by any thread; obeyed by the dialler's loop.</summary>
internal sealed class StopRequest
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly TaskCompletionSource<EndpointTerminatedReason> _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isBlocking;

    /// <summary>Completes when the endpoint is to end.</summary>
    public Task Requested => _requested.Task;

    /// <summary>Cancelled when the endpoint is to end: dials and delays end at once.</summary>
    public CancellationToken Token => _stopping.Token;

    /// <summary>Cancelled when not even a goodbye is wanted.</summary>
    public CancellationToken CutToken => _cut.Token;

    /// <summary>Whether the peer is blocked by this node, which goes before any other reason.</summary>
    public bool IsBlocking => _isBlocking;

    /// <summary>Why the endpoint ends. Asked when that is requested.</summary>
    public EndpointTerminatedReason Reason => _isBlocking ? EndpointTerminatedReason.Blocked : _requested.Task.Result;

    /// <summary>Asks for the end. The first reason counts.</summary>
    public void Request(EndpointTerminatedReason reason)
    {
        if (_requested.TrySetResult(reason))
        {
            _stopping.Cancel();
        }
    }

    /// <summary>Asks for the end at once, with nothing more written, because the peer was blocked.</summary>
    public void RequestCut()
    {
        _isBlocking = true;
        _cut.Cancel();
        Request(EndpointTerminatedReason.Blocked);
    }

    /// <summary>The dialler found out by itself that the peer is blocked.</summary>
    public void FoundBlocked() => _isBlocking = true;
}
