using Proto;

namespace Remote;

/// <summary>Posts a message from another node to a process of this one, so that its credit comes back exactly once.</summary>
internal static class CreditedPost
{
    /// <summary>
    /// Never blocks or throws where the process is an actor with a mailbox of ours. Any other process may, and its credit comes back all the same.
    /// </summary>
    /// <param name="process">What the target resolves to.</param>
    /// <param name="target">For dead letters.</param>
    /// <param name="message">The message, in an envelope when it has a sender or headers.</param>
    /// <param name="origin">Receives the credit: when the message is taken from a mailbox that knows of credit, otherwise at once.</param>
    /// <param name="size">Bytes on the wire.</param>
    public static void Post(Process process, PID target, object message, IMessageOrigin origin, int size)
    {
        if (process.GetType() == typeof(ActorProcess) && ProtoActorInternals.MailboxOf((ActorProcess)process) is ICreditedMailbox mailbox)
        {
            mailbox.Post(message, origin, size);
        }
        else if (process is ActorProcess)
        {
            // A router, or an actor from before the start: the credit travels with the message as far as it is understood.
            var (content, sender, header) = MessageEnvelope.Unwrap(message);
            var envelope = new OriginEnvelope(content, sender, header, origin, size);
            using var loop = EventPublisher.OnLoop(size);
            try
            {
                ProtoActorInternals.SendUserMessage(process, target, envelope);
            }
            finally
            {
                envelope.Claim()?.Taken(1, size);
            }
        }
        else
        {
            // The thread is one that reads: a message that this makes a dead letter is told to handlers elsewhere.
            using var loop = EventPublisher.OnLoop(size);
            try
            {
                ProtoActorInternals.SendUserMessage(process, target, message);
            }
            finally
            {
                origin.Taken(1, size);
            }
        }
    }
}
