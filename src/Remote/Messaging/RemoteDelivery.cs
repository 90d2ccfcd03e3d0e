using Proto;
using Proto.Future;

namespace Remote;

/// <summary>One message on its way out: it waits in a lane of its endpoint and is written into a batch.</summary>
internal readonly struct RemoteDelivery
{
    private readonly object _message;

    // Nearly always at most one of the two is there, so that the other costs no room in the lane.
    private readonly object? _headersOrRequest;

    public RemoteDelivery(PID target, object message, PID? sender = null, MessageHeader? headers = null)
    {
        Target = target;
        Sender = sender;
        _message = message;
        _headersOrRequest = headers is { Count: > 0 } ? headers : null;
    }

    /// <param name="target">Where to.</param>
    /// <param name="message">The message, or its envelope as Proto.Actor sends it.</param>
    /// <param name="requests">Knows the requests that have a process each; null where they share one, which does not say.</param>
    public RemoteDelivery(PID target, object message, ProcessRegistry? requests)
    {
        Target = target;
        if (message is not MessageEnvelope envelope)
        {
            _message = message;
            return;
        }

        Sender = envelope.Sender;
        _message = (envelope as SharedEnvelope)?.Valid ?? envelope.Message;
        var headers = envelope.Header is { Count: > 0 } header ? header : null;
        var request = requests is not null && Sender is { } sender && sender.Id.StartsWith('$') ? requests.Get(sender) as FutureProcess : null;
        _headersOrRequest = request is null ? headers : headers is null ? request : new RequestWithHeaders(request, headers);
    }

    private RemoteDelivery(in RemoteDelivery delivery, MessageHeader headers)
    {
        this = delivery;
        _headersOrRequest = RequestOf(delivery) is { } request ? new RequestWithHeaders(request, headers) : headers;
    }

    public PID Target { get; }

    /// <summary>A user message or a system message.</summary>
    public object Message => _message is SharedMessage shared ? shared.Message : _message;

    /// <summary>The message, or the <see cref="SharedMessage"/> around it.</summary>
    public object MessageOrShared => _message;

    /// <summary>Whether it goes ahead of the others: gossip and heartbeats of Proto.Cluster, and whatever else bears the mark.</summary>
    public bool IsPriority => Message is Proto.Remote.IRemotePriorityMessage;

    public PID? Sender { get; }

    public MessageHeader? Headers => _headersOrRequest as MessageHeader ?? (_headersOrRequest as RequestWithHeaders)?.Headers;

    /// <summary>
    /// Whether it is a request that its caller has given up. Not known of requests in a shared future process, Proto.Actor's default.
    /// </summary>
    public bool IsAbandoned => RequestOf(this) is { Task.IsCompleted: true };

    /// <summary>Whether its sender is a future with a process of its own, and not one that many requests share.</summary>
    public bool HasOwnFuture => RequestOf(this) is not null;

    /// <summary>The same with other headers.</summary>
    public RemoteDelivery With(MessageHeader headers) => new(this, headers);

    private static FutureProcess? RequestOf(in RemoteDelivery delivery) =>
        delivery._headersOrRequest as FutureProcess ?? (delivery._headersOrRequest as RequestWithHeaders)?.Request;

    private sealed record RequestWithHeaders(FutureProcess Request, MessageHeader Headers);
}
