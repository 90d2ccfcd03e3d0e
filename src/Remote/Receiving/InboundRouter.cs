using Remote.Actors;

namespace Remote;

/// <summary>Gives what a stream carried to the processes it is for. One per stream; called by its read loop only.</summary>
internal sealed class InboundRouter(NodeContext context, StreamPeer peer, IInboundFlow flow) : IInboundSink
{
    // The target of an envelope whose target could not be read.
    private static readonly PID Unknown = new("", "?");

    private TargetDialect _dialect;
    private int _messages;
    private long _bytes;

    /// <summary>
    /// Counts what was delivered since the last call: once per batch, because two interlocked additions per message were a sixth
    /// of what receiving an empty message costs. Actors that are faster than the batch take the budget below zero meanwhile.
    /// </summary>
    public void Settle()
    {
        Tally.Clear();
        flow.Settle(_messages, _bytes);
        _messages = 0;
        _bytes = 0;
    }

    /// <summary>What became of the envelopes since the last <see cref="Settle"/>.</summary>
    public InboundTally Tally { get; } = new();

    public void Deliver(PID target, object message, PID? sender, MessageHeaders? headers, int size)
    {
        _messages++;
        _bytes += size;
        Tally.Receive();
        var envelope = new MessageEnvelope(message, sender, headers, flow.Charge(target.Id, size), size);
        if (context.ActorSystem.IsExpired(headers))
        {
            Tally.Reject(DeadLetterReason.Expired);
            context.ActorSystem.DeadLetters.Publish(target, envelope, DeadLetterReason.Expired);
            return;
        }

        var process = context.ActorSystem.Processes.Get(target);
        if (Count(process, target, message))
        {
            Hand(process, target, envelope);
        }
        else
        {
            context.ActorSystem.DeadLetters.Publish(target, envelope, RemoteDeadLetterReasons.Forbidden);
        }
    }

    /// <summary>
    /// A mailbox may be of the application's own making, and throw. What is behind the message in its batch is accepted already: it must not be lost
    /// with the stream. So it costs that message, and nothing else.
    /// </summary>
    private void Hand(IProcess process, PID target, in MessageEnvelope envelope)
    {
        try
        {
            process.SendUserMessage(target, envelope);
        }
        catch (Exception exception)
        {
            RemoteLog.MailboxFailed(context.Log, target.Id, envelope.Message.GetType(), peer.Address, exception);
            context.ActorSystem.DeadLetters.Publish(target, envelope, DeadLetterReason.MailboxFull);
        }
    }

    public void DeliverSystem(PID target, SystemMessage message)
    {
        Tally.Receive();
        if (message is Terminated terminated)
        {
            if (peer.FindEndpoint()?.Terminated(target, terminated) == true)
            {
                Tally.Deliver();
            }
            else
            {
                // Nobody here watches it: answered already, unwatched, or made up.
                Tally.Drop();
                RemoteLog.UnmatchedTerminated(context.Log, peer.Address, terminated.Who.Id, target.Id);
            }

            return;
        }

        var process = context.ActorSystem.Processes.Get(target);
        if (Count(process, target, message))
        {
            process.SendSystemMessage(target, message);
        }
        else
        {
            context.ActorSystem.DeadLetters.Publish(target, message, RemoteDeadLetterReasons.Forbidden);
        }
    }

    public bool Accept(in BatchInfo batch)
    {
        if (batch.Dialect != TargetDialect.Unknown && batch.Dialect != _dialect)
        {
            _dialect = batch.Dialect;
            peer.SawDialect(pidTargets: _dialect == TargetDialect.Pids);
        }

        return flow.Accept(batch);
    }

    public void Refuse(in RefusedEnvelope envelope)
    {
        // It took credit like any other and gives it back at once.
        _messages++;
        _bytes += envelope.Size;
        RemoteLog.EnvelopeRefused(context.Log, peer.Address, envelope.Fault, envelope.TypeName, envelope.Detail, envelope.Error);
        var reason = envelope.Fault == EnvelopeFault.UnknownType ? RemoteDeadLetterReasons.UnknownType : RemoteDeadLetterReasons.Malformed;
        Tally.Receive();
        Tally.Reject(reason);
        var message = new UndecodedMessage(peer.Address, envelope.TypeName, envelope.SerializerId, envelope.Size, envelope.Detail);
        context.ActorSystem.DeadLetters.Publish(envelope.Target ?? Unknown, new MessageEnvelope(message, envelope.Sender, null, flow, envelope.Size), reason);
    }

    /// <summary>Counts what becomes of an envelope, and says whether its process may have it.</summary>
    private bool Count(IProcess process, PID target, object message)
    {
        if (!IsAllowed(process, target, message))
        {
            Tally.Reject(RemoteDeadLetterReasons.Forbidden);
            return false;
        }

        if (process == context.ActorSystem.DeadLetters)
        {
            Tally.Reject(context.ActorSystem.DeadLetters.Reason);
        }
        else
        {
            Tally.Deliver();
        }

        return true;
    }

    /// <summary>Internal processes are not for peers. The activators are, but a peer must not end what all peers spawn with.</summary>
    private bool IsAllowed(IProcess process, PID target, object message) =>
        process == context.ActorSystem.DeadLetters
        || (process.AcceptsRemoteMessages && !(message is Stop or PoisonPill && SpawnStatus.IsActivator(target)));
}
