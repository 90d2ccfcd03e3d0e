using Remote.Actors;

namespace Remote;

/// <summary>One message on its way out: what waits in an endpoint's lanes and is written into a batch.</summary>
internal readonly struct RemoteDelivery
{
    private readonly object _message;

    internal RemoteDelivery(PID target, object message, PID? sender = null, MessageHeaders? headers = null)
    {
        Target = target;
        _message = message;
        Sender = sender;
        Headers = headers;
    }

    /// <param name="target">Where to.</param>
    /// <param name="envelope">The message; one that goes to many targets is kept together with its encoded form.</param>
    internal RemoteDelivery(PID target, in MessageEnvelope envelope)
        : this(target, envelope.Message, envelope.Sender, envelope.Headers)
    {
        // Middleware may have made another message of it for this target.
        if (envelope.Origin is SharedMessage shared && ReferenceEquals(shared.Message, envelope.Message))
        {
            _message = shared;
        }
    }

    internal PID Target { get; }

    /// <summary>A user message, or a <see cref="SystemMessage"/>.</summary>
    internal object Message => _message is SharedMessage shared ? shared.Message : _message;

    /// <summary>The message, or the <see cref="SharedMessage"/> around it: for those who look at every single one.</summary>
    internal object MessageOrShared => _message;

    internal PID? Sender { get; }

    internal MessageHeaders? Headers { get; }
}
