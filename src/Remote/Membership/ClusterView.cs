using Google.Protobuf;
using Proto;

namespace Remote;

/// <summary>
/// The cluster as this node sees it: Proto.Cluster publishes its members on the event stream with each change, and the newest is kept here. Peers may
/// publish there too, but not that (<see cref="InboundRouter"/>). One per node; thread-safe.
/// </summary>
internal sealed class ClusterView(ActorSystem system, TimeProvider time)
{
    /// <summary>Who has gone lately is of use to people. A cluster that changes all the time must not grow in here.</summary>
    public const int MaxFormer = 20;

    // Of those that this node remembers. One that finds all others silent has no members left but itself, and still knows who they were.
    private const int MaxRemembered = 1_000;

    private readonly Lock _gate = new();
    private volatile Picture _newest = new([], []);
    private EventStreamSubscription<object>? _subscription;

    /// <summary>Proto.Cluster's part of the actor system; <see langword="null"/> when it has none.</summary>
    public object? Cluster => ProtoCluster.Of(system);

    /// <summary>Those that are members now.</summary>
    public IReadOnlyList<ClusterMember> Members => _newest.Members;

    /// <summary>Those that were, newest first.</summary>
    public IReadOnlyList<ClusterMember> Former => [.. _newest.Former.Take(MaxFormer)];

    /// <summary>
    /// Whether the cluster has this node as a member; <see langword="null"/> when that is not asked of it: it has no cluster, or is a client of one.
    /// </summary>
    public bool? IsMember => Cluster is { } cluster && !ProtoCluster.IsClient(cluster) ? Find(system.Id) is not null : null;

    /// <summary>Begins to listen. A cluster starts its remoting before it looks for members.</summary>
    public void Start() => _subscription = system.EventStream.Subscribe<IMessage>(Take);

    public void Stop() => _subscription?.Unsubscribe();

    public ClusterMember? Find(string systemId) => Members.FirstOrDefault(member => member.SystemId == systemId);

    /// <summary>Where a member lives, or lived until lately.</summary>
    public string? AddressOf(string systemId) => Find(systemId)?.Address ?? _newest.Former.FirstOrDefault(member => member.SystemId == systemId)?.Address;

    /// <summary>Whether a member lives at an address.</summary>
    public bool IsMemberAddress(string address) => Members.Any(member => member.Address == address);

    /// <summary>
    /// Whether a member lives at an address, or lived there not longer ago than members stay blocked. By the address, which is where this node dials its
    /// members: an id can be said by anybody who was told it, and a member that started again has another one.
    /// </summary>
    public bool IsOrWasMemberAddress(string address)
    {
        var (newest, now) = (_newest, time.GetUtcNow());
        return newest.Members.Any(member => member.Address == address && member.SystemId != system.Id)
            || newest.Former.Any(member => member.Address == address && now - member.Until <= system.Config.BlockedMemberDuration);
    }

    private void Take(IMessage message)
    {
        if (!ProtoCluster.IsTopology(message))
        {
            return;
        }

        lock (_gate)
        {
            _newest = Next(_newest, message, time.GetUtcNow());
        }
    }

    private static Picture Next(Picture last, IMessage topology, DateTimeOffset now)
    {
        var known = last.Members.ToDictionary(static member => member.SystemId, StringComparer.Ordinal);

        // Of two with one id the first counts: with both, no topology after this one could be read.
        ClusterMember[] members =
        [
            .. ProtoCluster.MembersOf(topology, now)
                .DistinctBy(static member => member.SystemId, StringComparer.Ordinal)
                .Select(member => known.GetValueOrDefault(member.SystemId) is { } before ? member with { Since = before.Since } : member)
                .OrderBy(static member => member.Address, StringComparer.Ordinal),
        ];
        var present = members.Select(static member => member.SystemId).ToHashSet(StringComparer.Ordinal);
        var gone = last.Members.Where(member => !present.Contains(member.SystemId)).Select(member => member with { Until = now });
        return new Picture(members, [.. gone.Concat(last.Former.Where(member => !present.Contains(member.SystemId))).Take(MaxRemembered)]);
    }

    private sealed record Picture(IReadOnlyList<ClusterMember> Members, IReadOnlyList<ClusterMember> Former);
}
