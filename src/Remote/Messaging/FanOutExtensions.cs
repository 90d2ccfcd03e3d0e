using Proto;

namespace Remote;

/// <summary>One message to many targets.</summary>
public static class FanOutExtensions
{
    /// <summary>
    /// Sends one message to many targets, in the order of the sequence. Like <see cref="ISenderContext.Send(PID, object)"/> for each, except
    /// that a message for other nodes is serialized once, however many targets and nodes there are. Never waits: what one target cannot take
    /// is a dead letter of its own.
    /// </summary>
    /// <param name="context">Sends.</param>
    /// <param name="targets">Where to; the same PID twice gets it twice.</param>
    /// <param name="message">The message. As always it must not be changed after it was sent.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void SendToAll(this ISenderContext context, IEnumerable<PID> targets, object message)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(message);
        var (content, sender, header) = MessageEnvelope.Unwrap(message);
        var envelope = new SharedEnvelope(content, sender, header, new SharedMessage(content));
        foreach (var target in targets)
        {
            context.Send(target, envelope);
        }
    }
}

/// <summary>
/// Carries a message to one of many targets together with its encoded form. Middleware that puts another message in keeps the type of the
/// envelope, but not the meaning of those bytes.
/// </summary>
internal sealed record SharedEnvelope(object Content, PID? From, MessageHeader? Headers, SharedMessage Shared)
    : MessageEnvelope(Content, From!, Headers!)
{
    /// <summary>The shared message, if it still is the one that is sent.</summary>
    public SharedMessage? Valid => ReferenceEquals(Shared.Message, Message) ? Shared : null;
}
