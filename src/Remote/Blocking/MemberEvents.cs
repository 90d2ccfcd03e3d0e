using System.Runtime.CompilerServices;
using Proto;
using Proto.Remote;

namespace Remote;

/// <summary>
/// Keeps step with what Proto.Remote's and Proto.Cluster's parts say and read: their list of blocked members is a mirror of the ids in ours,
/// and their event says when an endpoint has ended, or is to end. The one place that does, without echo. One per node.
/// </summary>
/// <remarks>
/// Theirs cannot unblock, skips for ever an id that has expired in it, and runs the handlers of its event wherever somebody blocks, which
/// may be the reader of a stream. So an id is put into it and taken out from here, and its event comes with the others.
/// </remarks>
internal sealed class MemberEvents(NodeSettings settings, BlockList theirs, PeerBlockList ours)
{
    // Ours, which are not to be obeyed. Held weakly, for the handlers of the application may keep them.
    private readonly ConditionalWeakTable<object, object> _published = [];
    private readonly List<EventStreamSubscription<object>> _subscriptions = [];

    /// <summary>Begins to listen.</summary>
    public void Start(NodeParts parts)
    {
        ours.Blocked += Blocked;
        ours.Unblocked += Unblocked;
        var events = settings.ActorSystem.EventStream;
        _subscriptions.Add(events.Subscribe<MemberBlocked>(MemberBlocked));
        _subscriptions.Add(events.Subscribe<EndpointTerminatedEvent>(ended => Obey(ended, parts)));
        _subscriptions.Add(events.Subscribe<EndpointTerminated>(ended => Tell(ended, parts)));
        _subscriptions.Add(events.Subscribe<EndpointBlocked>(Refused));

        // Ours has those of the options already.
        foreach (var entry in ours.Entries)
        {
            Blocked(entry);
        }

        // Theirs has those that a cluster or the application put into it while nobody listened here. Told they were then.
        foreach (var id in theirs.BlockedMembers)
        {
            Block(id, "Blocked before the start.");
        }
    }

    public void Stop()
    {
        _subscriptions.ForEach(subscription => subscription.Unsubscribe());
        _subscriptions.Clear();
    }

    private void Blocked(BlockEntry entry)
    {
        if (entry.SystemId is { } id && ProtoActorInternals.Remember(theirs, id))
        {
            Publish(new MemberBlocked(id, entry.Reason));
        }
    }

    private void Unblocked(BlockEntry entry)
    {
        if (entry.SystemId is { } id)
        {
            ProtoActorInternals.Forget(theirs, id);
        }
    }

    /// <summary>
    /// A peer that has blocked this node tells it nothing else any more, so this is how a member of a cluster hears that it is to leave. Without it,
    /// it would go on alone, with actors that run elsewhere too.
    /// </summary>
    private void Refused(EndpointBlocked blocked)
    {
        if (blocked.By == BlockedBy.Peer)
        {
            Publish(new MemberBlocked(settings.ActorSystem.Id, $"Blocked by {blocked.Address}: {blocked.Reason}"));
        }
    }

    private void MemberBlocked(MemberBlocked blocked)
    {
        if (!_published.TryGetValue(blocked, out _))
        {
            Block(blocked.MemberId, blocked.Reason);
        }
    }

    /// <summary>Blocks a member for as long as theirs does. What cannot be the id of a member is left alone.</summary>
    private void Block(string? id, string reason)
    {
        var duration = settings.ActorSystem.Config.BlockedMemberDuration;
        var isMember = id is { Length: > 0 and <= Handshake.MaxIdLength } && id != settings.ActorSystem.Id;
        if (isMember && duration > TimeSpan.Zero && ours.FindSystem(id!) is null)
        {
            // Beyond what an entry of ours can last it may as well last for ever.
            ours.BlockSystem(id!, reason, PeerBlockList.IsDuration(duration) ? duration : null);
        }
    }

    private void Tell(EndpointTerminated ended, NodeParts parts)
    {
        // The peer of a merged endpoint has not gone, nor that of one that was not used.
        if (ended.Reason is not (EndpointTerminatedReason.Merged or EndpointTerminatedReason.Idle))
        {
            Publish(new EndpointTerminatedEvent(false, ended.Address, parts.Table.FindExact(ended.Address)?.PeerSystemId!));
        }
    }

    private void Publish(object told)
    {
        _published.Add(told, told);
        settings.Events.Publish(told);
    }

    private void Obey(EndpointTerminatedEvent ended, NodeParts parts)
    {
        if (_published.TryGetValue(ended, out _))
        {
            return;
        }

        if (ended is { ShouldBlock: true, ActorSystemId.Length: > 0 })
        {
            MemberBlocked(new MemberBlocked(ended.ActorSystemId, "Its endpoint was terminated."));
        }

        _ = parts.DisconnectAsync(PeerAddress.Canonical(ended.Address ?? ""));
    }
}
