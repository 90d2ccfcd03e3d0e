using Remote.Actors;

namespace Remote;

/// <summary>One message on its way out: what waits in an endpoint's lanes and is written into a batch.</summary>
internal readonly struct RemoteDelivery(PID target, object message, PID? sender = null, MessageHeaders? headers = null)
{
    internal PID Target { get; } = target;

    /// <summary>A user message, or a <see cref="SystemMessage"/>.</summary>
    internal object Message { get; } = message;

    internal PID? Sender { get; } = sender;

    internal MessageHeaders? Headers { get; } = headers;
}
