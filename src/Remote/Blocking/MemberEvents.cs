using System.Collections.Concurrent;
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
internal sealed class MemberEvents(NodeSettings settings, BlockList theirs, PeerBlockList ours, Standstill standstill)
{
    // Ours, which are not to be obeyed. Held weakly, for the handlers of the application may keep them.
    private readonly ConditionalWeakTable<object, object> _published = [];
    private readonly List<EventStreamSubscription<object>> _subscriptions = [];
    private readonly ConcurrentDictionary<string, bool> _asked = new();
    private SilenceInquiry? _inquiry;
    private ClusterView? _cluster;

    /// <summary>Begins to listen.</summary>
    public void Start(NodeParts parts, ClusterView cluster)
    {
        (_inquiry, _cluster) = (parts.Inquiry, cluster);
        standstill.Start();
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
        standstill.Dispose();
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
    /// it would go on alone, with actors that run elsewhere too. Who is no member has no say in that: whatever a message names as its sender is dialled,
    /// and may answer so.
    /// </summary>
    private void Refused(EndpointBlocked blocked)
    {
        if (blocked.By == BlockedBy.Peer && (_cluster?.Cluster is null || _cluster.IsOrWasMemberAddress(blocked.Address ?? "")))
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

    /// <summary>
    /// Blocks a member for as long as theirs does. What cannot be the id of a member is left alone. Right after this process stood still the
    /// member is asked first whether it lives, unless it has left (decision page 0030).
    /// </summary>
    private void Block(string? id, string reason)
    {
        var isMember = id is { Length: > 0 and <= Handshake.MaxIdLength } && id != settings.ActorSystem.Id;
        if (!isMember || settings.ActorSystem.Config.BlockedMemberDuration <= TimeSpan.Zero || ours.FindSystem(id!) is not null)
        {
            return;
        }

        if (!BlockReason.HasLeft(reason) && _inquiry is { } inquiry && standstill.Recent() is { Ticks: > 0 } length && AddressOf(id!, inquiry) is { } address)
        {
            if (_asked.TryAdd(id!, true))
            {
                _ = Detached.Run(() => AskFirstAsync(inquiry, id!, address, reason, length));
            }

            return;
        }

        Enter(id!, reason);
    }

    // Where the cluster says that it lives, so that nobody else answers for it. Without one: where an endpoint met it.
    private string? AddressOf(string id, SilenceInquiry inquiry) => _cluster?.AddressOf(id) ?? inquiry.FindAddress(id);

    private void Enter(string id, string reason)
    {
        var duration = settings.ActorSystem.Config.BlockedMemberDuration;

        // Beyond what an entry of ours can last it may as well last for ever.
        ours.BlockSystem(id, reason, PeerBlockList.IsDuration(duration) ? duration : null);
    }

    /// <summary>
    /// Of a member that answers, the silence was this node's own: the others have done without this one meanwhile, and it is this one that
    /// leaves. Blocking the other would have it leave too, as soon as it is refused here. But if another member blocks it, and it does not
    /// refuse this node, then nobody has done without this one, and its standstill has nothing to do with it.
    /// </summary>
    private async Task AskFirstAsync(SilenceInquiry inquiry, string id, string address, string reason, TimeSpan length)
    {
        try
        {
            var answer = await inquiry.AskAsync(id, address).ConfigureAwait(false);
            if (answer == InquiryAnswer.None || (answer == InquiryAnswer.Welcome && reason == BlockReason.BlockedElsewhere))
            {
                Enter(id, reason);
                return;
            }

            ProtoActorInternals.Forget(theirs, id);
            RemoteLog.WasSilentItself(settings.Log, address, id, length);
            Publish(new MemberBlocked(
                settings.ActorSystem.Id, $"This process stood still for {length.TotalSeconds:0.0} s, and {address}, said to be silent ({reason}), answers."));
        }
        finally
        {
            _asked.TryRemove(id, out _);
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
