using Google.Protobuf;
using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>Gives the messages of a stream to the processes that they are for. One per stream; called by its read loop only.</summary>
internal sealed class InboundRouter(NodeContext context, StreamPeer peer, InboundFlow flow) : IInboundSink
{
    // The target of an envelope whose target could not be read.
    private readonly PID _unknown = new(context.Address, "?");

    private readonly StopRequests _stopRequests = new();
    private readonly GuardedPost _post = new(context, peer, flow.Control);

    // The process of the messages to one target that follow each other, until the batch ends.
    private Process? _run;
    private string? _runId;
    private string? _runAddress;
    private bool _runIsLocalOnly;

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
        if (!TryAdmit(ref sender))
        {
            Reject(target, message, null, headers, origin, size, DeadLetterReason.Forbidden);
            return;
        }

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
        else if (message is DeadLetterResponse refusal && FailStop(process, target, refusal))
        {
            Tally.Delivered++;
            origin.Taken(1, size);
        }
        else if (!MayReach(process, target, message) || _runIsLocalOnly || peer.Guard?.MayDeliver(target, message) == false)
        {
            if (RequestNames.IsRequest(process))
            {
                context.Refusals.Count(Limit.ForgedAnswer, context.Log, peer.Address);
            }

            sender ??= message is PoisonPill ? _stopRequests.Take(target) : null;
            Reject(target, message, sender, headers, origin, size, DeadLetterReason.Forbidden);
        }
        else
        {
            if (message is PoisonPill)
            {
                _stopRequests.Take(target);
            }

            if (message is DeadLetterResponse answer && answer.GetReason() == DeadLetterReason.Forbidden)
            {
                peer.Record.DeniedByPeer();
            }

            Tally.Delivered++;
            var span = headers is not null && MessageTrace.IsOn ? MessageTrace.Receive(headers, peer.Record.SpanTags, context.Log) : null;
            _post.User(process, target, sender is null && headers is null ? message : new MessageEnvelope(message, sender!, headers!), origin, size);
            MessageTrace.End(span, context.Log);
        }
    }

    public void DeliverSystem(PID target, SystemMessage message)
    {
        Tally.Received++;
        if (message is Terminated terminated)
        {
            Deliver(context.Requests.Here(target.Id) is { } id ? new PID(target.Address, id) { RequestId = target.RequestId } : target, terminated);
            return;
        }

        if (((message as Watch)?.Watcher ?? (message as Unwatch)?.Watcher) is { } watcher && !IsOfPeer(watcher))
        {
            // Not answered: the answer would go to whomever the peer has named.
            context.Refusals.Count(Limit.ForeignWatch, context.Log, peer.Address);
            Tally.Reject(DeadLetterReason.Forbidden);
            return;
        }

        var process = context.ActorSystem.ProcessRegistry.Get(target);
        if (ReferenceEquals(process, context.ActorSystem.DeadLetter))
        {
            Reject(target, message, context.DeadLetters.ReasonOfAbsence);
        }
        else if (!OwnPids.IsReachable(process) || IsKeptFrom(process, target, message) || context.LocalOnly.Has(process, target.Id) || peer.Guard?.MayDeliver(target, message) == false)
        {
            // Requests among them: any system message would complete one, and Stop end all that share it.
            Reject(target, message, DeadLetterReason.Forbidden, message is Stop ? _stopRequests.Take(target) : null);
        }
        else
        {
            Tally.Delivered++;
            if (message is Stop)
            {
                _stopRequests.Take(target);
            }
            else if (message is Watch { Watcher: { } waiting })
            {
                _stopRequests.Watched(target, waiting);
            }

            _post.System(process, target, message);
        }
    }

    public void Refuse(in RefusedEnvelope envelope)
    {
        // It took credit like any other and gives it back at once.
        _messages++;
        _bytes += envelope.Size;
        RemoteLog.EnvelopeRefused(
            context.RefusalLog, peer.Address, envelope.Fault, envelope.TypeName, envelope.Detail.TrimEnd('.'), WithheldException.Of(envelope.Error));
        var reason = envelope.Fault == EnvelopeFault.UnknownType ? DeadLetterReason.UnknownType : DeadLetterReason.Malformed;
        Tally.Received++;
        context.SerializationFailures.CountReceived();
        var message = new UndecodedMessage(peer.Address, envelope.TypeName, envelope.SerializerId, envelope.Size, envelope.Detail);
        var sender = envelope.Sender;
        Reject(envelope.Target ?? _unknown, message, TryAdmit(ref sender) ? sender : null, null, flow.Origin, envelope.Size, reason);
        if (envelope.Target is { RequestId: <= int.MaxValue } target && context.Requests.Here(target.Id) is { } request)
        {
            // It was an answer, and whoever waits for it will get no other.
            context.DeadLetters.LoseAnswer(new PID(target.Address, request) { RequestId = target.RequestId }, reason);
        }
    }

    /// <summary>
    /// A sender that is a process of this node comes back from a forwarded message, or a peer made it up, so that the answer goes to a
    /// process that the peer cannot reach itself.
    /// </summary>
    private bool TryAdmit(ref PID? sender)
    {
        if (sender is null || sender.Address != context.Address)
        {
            return true;
        }

        sender = OwnPids.Admit(context, sender);
        if (sender is null)
        {
            context.Refusals.Count(Limit.ForgedAnswer, context.Log, peer.Address);
        }

        return sender is not null;
    }

    /// <summary>
    /// Whether a watcher is an actor of the peer, or of a client behind it, and none of this node, whatever the peer calls itself. A node
    /// without a listener hears those of all others through its server, but none of its own.
    /// </summary>
    private bool IsOfPeer(PID watcher) => watcher.Address != context.Address && (context.IsClient || watcher.Address == peer.Address);

    private Process Find(PID target)
    {
        if (_run is not null && ReferenceEquals(target.Id, _runId) && ReferenceEquals(target.Address, _runAddress))
        {
            return _run;
        }

        (_runId, _runAddress) = (target.Id, target.Address);
        var here = context.Requests.Here(target.Id) is { } id ? new PID(target.Address, id) : target;
        _run = context.ActorSystem.ProcessRegistry.Get(here);
        _runIsLocalOnly = context.LocalOnly.Has(_run, target.Id);
        return _run;
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
    /// Whether a peer may send this there. Requests are reached by their names on the wire only, with a number that one can have.
    /// </summary>
    private static bool MayReach(Process process, PID target, object message) =>
        RequestNames.IsRequest(process)
            ? RequestNames.IsOnWire(target.Id) && target.RequestId <= int.MaxValue
            : OwnPids.IsReachable(process) && !IsKeptFrom(process, target, message);

    /// <summary>A peer must not end what all peers spawn with, nor say who the members of the cluster are, which Proto.Cluster here does.</summary>
    private static bool IsKeptFrom(Process process, PID target, object message) =>
        (message is Stop or PoisonPill && SpawnStatus.IsActivator(target))
        || (process is EventStreamProcess && message is IMessage fact && ProtoCluster.IsTopology(fact));

    /// <summary>
    /// A StopAsync of this node is not allowed. Its request is known to the peer as a watcher, by no name on the wire: like a Terminated, the answer
    /// counts when the peer's actor is watched by that request.
    /// </summary>
    private bool FailStop(Process process, PID request, DeadLetterResponse refusal)
    {
        if (!RequestNames.IsRequest(process) || refusal.Target is not { } target || refusal.GetReason() != DeadLetterReason.Forbidden
            || peer.FindEndpoint()?.Unwatch(request, target) != true)
        {
            return false;
        }

        peer.Record.DeniedByPeer();
        RemoteLog.StopDenied(context.Log, peer.Address, target.Id);
        var message = $"{peer.Address} does not let this node stop '{target.Id}'. Its log has the reason.";
        ProtoActorInternals.Fail(process, request, new RemoteException(RemoteError.Forbidden, message) { Address = peer.Address });
        return true;
    }

    private void Reject(PID target, SystemMessage message, DeadLetterReason reason, PID? sender = null)
    {
        Tally.Reject(reason);
        context.DeadLetters.Publish(target, message, sender, null, reason, ControlOrigin.MessageBytes, peer.Address);
    }

    private void Reject(
        PID target, object message, PID? sender, MessageHeader? headers, IMessageOrigin origin, int size, DeadLetterReason reason)
    {
        Tally.Reject(reason);
        origin.Taken(1, size);
        context.DeadLetters.Publish(target, message, sender, headers, reason, size, peer.Address);
    }
}
