namespace Remote.Actors;

/// <summary>One message to many targets.</summary>
public static class SenderContextExtensions
{
    /// <summary>
    /// Sends one message to many targets, in the order of the sequence. Like <see cref="ISenderContext.Send(PID, object)"/> for each, except that a message
    /// for other nodes is serialized once, however many targets and nodes there are. Never waits: what one target cannot take is a dead letter of its own.
    /// </summary>
    /// <param name="context">Sends.</param>
    /// <param name="targets">Where to; the same PID twice gets it twice.</param>
    /// <param name="message">The message. As always it must not be changed after it was sent.</param>
    /// <exception cref="ArgumentNullException">An argument or a target is null; targets before that one have been sent to.</exception>
    public static void Send(this ISenderContext context, IEnumerable<PID> targets, object message)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(message);
        var envelope = new MessageEnvelope(message, sender: null, headers: null, new SharedMessage(message));
        foreach (var target in targets)
        {
            context.Send(target, in envelope);
        }
    }
}
