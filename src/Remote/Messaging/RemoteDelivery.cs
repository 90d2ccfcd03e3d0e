using System.Diagnostics;
using Proto;
using Proto.Future;

namespace Remote;

/// <summary>One message on its way out: it waits in a lane of its endpoint and is written into a batch.</summary>
internal readonly struct RemoteDelivery
{
    private readonly object _message;

    // Headers, a request, or DeliveryExtras: nearly always at most one is there, so that the others cost no room in the lane.
    private readonly object? _extras;

    public RemoteDelivery(PID target, object message, PID? sender = null, MessageHeader? headers = null)
    {
        Target = target;
        Sender = sender;
        _message = message;
        _extras = headers is { Count: > 0 } ? headers : null;
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
        _extras = request is null ? headers : headers is null ? request : new DeliveryExtras(request, headers, default);
    }

    private RemoteDelivery(in RemoteDelivery delivery, in ActivityContext trace)
    {
        this = delivery;
        _extras = new DeliveryExtras(RequestOf(delivery), delivery.OwnHeaders, trace);
    }

    public PID Target { get; }

    /// <summary>A user message or a system message.</summary>
    public object Message => _message is SharedMessage shared ? shared.Message : _message;

    /// <summary>The message, or the <see cref="SharedMessage"/> around it.</summary>
    public object MessageOrShared => _message;

    /// <summary>Whether it goes ahead of the others: gossip and heartbeats of Proto.Cluster, and whatever else bears the mark.</summary>
    public bool IsPriority => Message is Proto.Remote.IRemotePriorityMessage;

    public PID? Sender { get; }

    /// <summary>The headers that the application gave the message.</summary>
    public MessageHeader? OwnHeaders => _extras as MessageHeader ?? (_extras as DeliveryExtras)?.Headers;

    /// <summary>
    /// The headers as the other node reads them, those of the trace included. Those are made by each call: not for what is done with
    /// every message.
    /// </summary>
    public MessageHeader? Headers => _extras as MessageHeader ?? (_extras as DeliveryExtras)?.AllHeaders;

    /// <summary>What is to be written beside <see cref="OwnHeaders"/>; <see langword="null"/> when no trace goes along.</summary>
    public DeliveryExtras? Traced => _extras is DeliveryExtras { IsTraced: true } extras ? extras : null;

    /// <summary>Whether there is nothing beside content, target and sender: one check that saves the others.</summary>
    public bool IsPlain => _extras is null;

    /// <summary>
    /// Whether it is a request that its caller has given up. Not known of requests in a shared future process, Proto.Actor's default.
    /// </summary>
    public bool IsAbandoned => RequestOf(this) is { Task.IsCompleted: true };

    /// <summary>Whether its sender is a future with a process of its own, and not one that many requests share.</summary>
    public bool HasOwnFuture => RequestOf(this) is not null;

    /// <summary>The same with a trace context, which goes along as headers.</summary>
    public RemoteDelivery With(in ActivityContext trace) => new(this, trace);

    private static FutureProcess? RequestOf(in RemoteDelivery delivery) =>
        delivery._extras as FutureProcess ?? (delivery._extras as DeliveryExtras)?.Request;
}
