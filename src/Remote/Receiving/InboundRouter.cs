using Remote.Actors;

namespace Remote;

/// <summary>Gives the messages of a stream to the processes that they are for. One per stream; called by its read loop only.</summary>
internal sealed class InboundRouter(NodeContext context, StreamPeer peer, InboundFlow flow) : IInboundSink
{
    // The target of an envelope whose target could not be read.
    private static readonly PID Unknown = new("", "?");

    private readonly DeadLetterProcess _deadLetters = context.ActorSystem.DeadLetters;
    private TargetDialect _dialect;
    private int _messages;
    private long _bytes;

    /// <summary>The outcome of the envelopes since the last <see cref="Settle"/>.</summary>
    public InboundTally Tally { get; } = new();

    /// <summary>
    /// Counts the messages that were delivered since the last call: once per batch, because two interlocked additions per message were a
    /// sixth of what receiving an empty message costs.
    /// </summary>
    public void Settle()
    {
        Tally.Clear();
        flow.Settle(_messages, _bytes);
        (_messages, _bytes) = (0, 0);
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

    public void Deliver(PID target, object message, PID? sender, MessageHeaders? headers, int size)
    {
        _messages++;
        _bytes += size;
        Tally.Received++;
        var envelope = new MessageEnvelope(message, sender, headers, flow.Charge(target.Id, size), size);
        if (context.ActorSystem.IsExpired(headers))
        {
            Reject(target, envelope, DeadLetterReason.Expired);
        }
        else if (FindFor(target, message) is { } process)
        {
            Hand(process, target, envelope);
        }
        else
        {
            Reject(target, envelope, RemoteDeadLetterReasons.Forbidden);
        }
    }

    public void DeliverSystem(PID target, SystemMessage message)
    {
        Tally.Received++;
        if (message is Terminated terminated)
        {
            Deliver(target, terminated);
        }
        else if (FindFor(target, message) is { } process)
        {
            process.SendSystemMessage(target, message);
        }
        else
        {
            Tally.Reject(RemoteDeadLetterReasons.Forbidden);
            _deadLetters.Publish(target, message, RemoteDeadLetterReasons.Forbidden);
        }
    }

    public void Refuse(in RefusedEnvelope envelope)
    {
        // It took credit like any other and gives it back at once.
        _messages++;
        _bytes += envelope.Size;
        RemoteLog.EnvelopeRefused(context.Log, peer.Address, envelope.Fault, envelope.TypeName, envelope.Detail, envelope.Error);
        var reason = envelope.Fault == EnvelopeFault.UnknownType ? RemoteDeadLetterReasons.UnknownType : RemoteDeadLetterReasons.Malformed;
        Tally.Received++;
        var message = new UndecodedMessage(peer.Address, envelope.TypeName, envelope.SerializerId, envelope.Size, envelope.Detail);
        Reject(envelope.Target ?? Unknown, new MessageEnvelope(message, envelope.Sender, null, flow, envelope.Size), reason);
    }

    private void Reject(PID target, in MessageEnvelope envelope, DeadLetterReason reason)
    {
        Tally.Reject(reason);
        _deadLetters.Publish(target, envelope, reason);
    }

    private void Deliver(PID watcher, Terminated terminated)
    {
        if (peer.FindEndpoint()?.Terminated(watcher, terminated) == true)
        {
            Tally.Delivered++;
            return;
        }

        // No actor here watches it: it was answered already, is no longer watched, or the peer made it up.
        Tally.UnmatchedTerminated++;
        RemoteLog.UnmatchedTerminated(context.Log, peer.Address, terminated.Who.Id, watcher.Id);
    }

    /// <summary>
    /// A mailbox may be of the application's own making, and throw. The messages behind this one in its batch are accepted already and must
    /// not be lost with the stream. So the exception costs this message, and nothing else.
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
            _deadLetters.Publish(target, envelope, DeadLetterReason.MailboxFull);
        }
    }

    /// <summary>
    /// Finds the process of an envelope, and counts the outcome; <see langword="null"/> when the process may not have it.
    /// </summary>
    private IProcess? FindFor(PID target, object message)
    {
        var process = context.ActorSystem.Processes.Get(target);
        if (process == _deadLetters)
        {
            Tally.Reject(_deadLetters.Reason);
            return process;
        }

        // Internal processes are not for peers. The activators are, but a peer must not end what all peers spawn with.
        if (!process.AcceptsRemoteMessages || (message is Stop or PoisonPill && SpawnStatus.IsActivator(target)))
        {
            return null;
        }

        Tally.Delivered++;
        return process;
    }
}
