using Remote.Actors;

namespace Remote;

/// <summary>One message on its way out: it waits in a lane of its endpoint and is written into a batch.</summary>
internal readonly struct RemoteDelivery(PID target, object message, PID? sender = null, MessageHeaders? headers = null)
{
    /// <param name="target">Where to.</param>
    /// <param name="envelope">The message; one that goes to many targets is kept together with its encoded form.</param>
    internal RemoteDelivery(PID target, in MessageEnvelope envelope)
        : this(target, SharedOrAlone(envelope), envelope.Sender, envelope.Headers)
    {
    }

    internal PID Target => target;

    /// <summary>A user message, or a <see cref="SystemMessage"/>.</summary>
    internal object Message => message is SharedMessage shared ? shared.Message : message;

    /// <summary>The message, or the <see cref="SharedMessage"/> around it.</summary>
    internal object MessageOrShared => message;

    internal PID? Sender => sender;

    internal MessageHeaders? Headers => headers;

    // Middleware may have made another message of the shared one for this target.
    private static object SharedOrAlone(in MessageEnvelope envelope) =>
        envelope.Origin is SharedMessage shared && ReferenceEquals(shared.Message, envelope.Message) ? shared : envelope.Message;
}
