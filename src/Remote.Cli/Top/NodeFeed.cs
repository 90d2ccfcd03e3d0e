using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>Follows the statistics of one node, and comes back to it when it is lost.</summary>
/// <param name="session">The node.</param>
/// <param name="request">Which peers, and how often.</param>
/// <param name="changed">Called with the picture after each update and each failure, one call at a time.</param>
internal sealed class NodeFeed(NodeSession session, Wire.WatchStatisticsRequest request, Action<NodeView> changed)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource<Failure?> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NodeView _view = NodeView.Unknown(session.Address.Text);

    /// <summary>How the first attempt went: nothing, or why it failed.</summary>
    public Task<Failure?> First => _first.Task;

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            // A connection for each attempt: what is said of a failure is about that one.
            using var node = session.Connect(session.Address);
            try
            {
                await FollowAsync(node, cancellationToken);
                Show(_view.Failed(Failure.Unreachable("It has ended the stream of its statistics.", ""), session.Time.GetUtcNow()));
            }
            catch (Exception exception) when (exception is RpcException or HttpRequestException or TimeoutException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var cause = exception is TimeoutException ? new RpcException(new Status(StatusCode.DeadlineExceeded, "", exception)) : exception;
                var failure = node.Explain(cause).Failure;
                Show(_view.Failed(failure, session.Time.GetUtcNow()));
                _first.TrySetResult(failure);
            }

            await Task.Delay(Pause, session.Time, cancellationToken);
        }
    }

    private async Task FollowAsync(NodeConnection node, CancellationToken cancellationToken)
    {
        using var call = node.Watch((admin, options) => admin.WatchStatistics(request, options), cancellationToken);
        var patience = session.Settings.Timeout;
        while (await call.ResponseStream.MoveNext(cancellationToken).WaitAsync(patience, session.Time, cancellationToken))
        {
            Show(_view.With(call.ResponseStream.Current));
            _first.TrySetResult(null);

            // A node that stands still is as good as lost: it says something once an interval.
            patience = session.Settings.Timeout + (request.Interval ?? new Duration { Seconds = 1 }).ToTimeSpan();
        }
    }

    private void Show(NodeView view)
    {
        _view = view;
        changed(view);
    }
}
