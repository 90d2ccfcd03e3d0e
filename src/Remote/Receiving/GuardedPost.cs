using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>
/// Posts the messages of a stream to processes and mailboxes that may be of the application's own making, and throw. The messages behind one in its batch
/// are accepted already and must not be lost with the stream, so an exception costs that message, and nothing else. Called by the read loop.
/// </summary>
internal sealed class GuardedPost(NodeContext context, StreamPeer peer, ControlOrigin control)
{
    public void User(Process process, PID target, object message, IMessageOrigin origin, int size)
    {
        try
        {
            if (process is EventStreamProcess)
            {
                context.Events.Publish(MessageEnvelope.UnwrapMessage(message)!, origin, size);
                return;
            }

            CreditedPost.Post(process, target, message, origin, size);
        }
        catch (Exception exception)
        {
            var (content, sender, headers) = MessageEnvelope.Unwrap(message);
            RemoteLog.MailboxFailed(context.Log, target.Id, content.GetType(), peer.Address, exception);
            context.DeadLetters.Publish(target, content, sender, headers, DeadLetterReason.MailboxFull, size, peer.Address);
        }
    }

    public void System(Process process, PID target, SystemMessage message)
    {
        // The thread is one that reads, and a mailbox of ours charges the peer for what it gets now.
        using var loop = EventPublisher.OnLoop(ControlOrigin.MessageBytes);
        using var post = control.Post();
        try
        {
            if (message is Stop)
            {
                // Not as a message: PIDs that know the process forget it only when they are told so.
                process.Stop(target);
            }
            else
            {
                ProtoActorInternals.SendSystemMessage(process, target, message);
            }
        }
        catch (Exception exception)
        {
            RemoteLog.MailboxFailed(context.Log, target.Id, message.GetType(), peer.Address, exception);

            // A Watch is answered by this.
            context.DeadLetters.Publish(target, message, null, null, DeadLetterReason.MailboxFull, ControlOrigin.MessageBytes, peer.Address);
        }
    }
}
