using Proto;
using Proto.Future;
using Proto.Mailbox;

namespace Remote;

/// <summary>Gives the messages of a stream to the processes that they are for. One per stream; called by its read loop only.</summary>
internal sealed class InboundRouter(NodeContext context, StreamPeer peer, InboundFlow flow) : IInboundSink
{
    // The target of an envelope whose target could not be read.
    private readonly PID _unknown = new(context.Address, "?");

    // The process of the messages to one target that follow each other, until the batch ends.
    private Process? _run;
    private string? _runId;
    private string? _runAddress;

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
        _run = null;
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

    public void Deliver(PID target, object message, PID? sender, MessageHeader? headers, int size)
    {
        _messages++;
        _bytes += size;
        Tally.Received++;
        var origin = flow.Charge(target.Id, size);
        if (MessageDeadline.IsOver(headers, context.Time))
        {
            Reject(target, message, sender, headers, origin, size, DeadLetterReason.Expired);
            return;
        }

        var process = Find(target);
        if (ReferenceEquals(process, context.ActorSystem.DeadLetter))
        {
            Reject(target, message, sender, headers, origin, size, context.DeadLetters.ReasonOfAbsence);
        }
        else if (!MayReach(process, target, message))
        {
            Reject(target, message, sender, headers, origin, size, DeadLetterReason.Forbidden);
        }
        else
        {
            Tally.Delivered++;
            Hand(process, target, sender is null && headers is null ? message : new MessageEnvelope(message, sender!, headers!), origin, size);
        }
    }

    public void DeliverSystem(PID target, SystemMessage message)
    {
        Tally.Received++;
        if (message is Terminated terminated)
        {
            Deliver(target, terminated);
            return;
        }

        var process = context.ActorSystem.ProcessRegistry.Get(target);
        if (ReferenceEquals(process, context.ActorSystem.DeadLetter))
        {
            Reject(target, message, context.DeadLetters.ReasonOfAbsence);
        }
        else if (!MayReach(process, target, message))
        {
            Reject(target, message, DeadLetterReason.Forbidden);
        }
        else if (message is Stop)
        {
            // Not as a message: PIDs that know the process forget it only when they are told so.
            Tally.Delivered++;
            process.Stop(target);
        }
        else
        {
            Tally.Delivered++;
            ProtoActorInternals.SendSystemMessage(process, target, message);
        }
    }

    public void Refuse(in RefusedEnvelope envelope)
    {
        // It took credit like any other and gives it back at once.
        _messages++;
        _bytes += envelope.Size;
        RemoteLog.EnvelopeRefused(
            context.RefusalLog, peer.Address, envelope.Fault, envelope.TypeName, envelope.Detail, WithheldException.Of(envelope.Error));
        var reason = envelope.Fault == EnvelopeFault.UnknownType ? DeadLetterReason.UnknownType : DeadLetterReason.Malformed;
        Tally.Received++;
        var message = new UndecodedMessage(peer.Address, envelope.TypeName, envelope.SerializerId, envelope.Size, envelope.Detail);
        Reject(envelope.Target ?? _unknown, message, envelope.Sender, null, flow.Origin, envelope.Size, reason);
    }

    private Process Find(PID target)
    {
        if (_run is not null && ReferenceEquals(target.Id, _runId) && ReferenceEquals(target.Address, _runAddress))
        {
            return _run;
        }

        (_runId, _runAddress) = (target.Id, target.Address);
        return _run = context.ActorSystem.ProcessRegistry.Get(target);
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
    private void Hand(Process process, PID target, object message, IMessageOrigin origin, int size)
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
            context.DeadLetters.Publish(target, content, sender, headers, DeadLetterReason.MailboxFull);
        }
    }

    /// <summary>
    /// What is reachable from outside: actors, futures, the event stream, and what lies behind this node. It goes by the type of the process,
    /// for anybody may give an actor a name like that of a process of the system. A peer must not end what all peers spawn with.
    /// </summary>
    private static bool MayReach(Process process, PID target, object message) =>
        (process is ActorProcess or RemoteProcess or SharedFutureProcess or FutureProcess or EventStreamProcess or FutureBatchProcess
            || IsOfApplication(process))
        && !(message is Stop or PoisonPill && SpawnStatus.IsActivator(target));

    private static bool IsOfApplication(Process process) =>
        process is not EndpointProcess && process.GetType().Assembly != typeof(Process).Assembly;

    private void Reject(PID target, SystemMessage message, DeadLetterReason reason)
    {
        Tally.Reject(reason);
        context.DeadLetters.Publish(target, message, null, null, reason);
    }

    private void Reject(
        PID target, object message, PID? sender, MessageHeader? headers, IMessageOrigin origin, int size, DeadLetterReason reason)
    {
        Tally.Reject(reason);
        origin.Taken(1, size);
        context.DeadLetters.Publish(target, message, sender, headers, reason);
    }
}
