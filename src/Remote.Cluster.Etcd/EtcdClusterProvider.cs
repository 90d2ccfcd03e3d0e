using System.Collections.Immutable;
using Proto;
using Proto.Cluster;
using Proto.Diagnostics;
using Proto.Remote;
using ProtoCluster = Proto.Cluster.Cluster;

namespace Remote.Cluster.Etcd;

/// <summary>
/// Members of a cluster find each other in etcd (version 3.4 or later): each has an entry under a lease that it renews, and watches those of the others.
/// While etcd is away nobody is taken for lost. Members that block each other are told apart by what each says of that in its entry: the smaller side
/// leaves. For one cluster on one node: <c>ClusterConfig.Setup(name, new EtcdClusterProvider(options), lookup)</c>.
/// Thread-safe.
/// </summary>
public sealed class EtcdClusterProvider : IClusterProvider
{
    private readonly EtcdClusterOptions _options;
    private readonly EtcdClusterHooks _hooks;
    private readonly Lock _lock = new();
    private EtcdNode? _node;

    /// <summary>A provider with these options. They are checked when the cluster starts.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is <see langword="null"/>.</exception>
    public EtcdClusterProvider(EtcdClusterOptions options, EtcdClusterHooks? hooks = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _hooks = hooks ?? new EtcdClusterHooks();
    }

    /// <summary>Registers the node and tells the cluster who else is there; from then on it renews and watches.</summary>
    /// <exception cref="EtcdClusterException">The options are wrong, or etcd could not be had within <see cref="EtcdClusterOptions.StartTimeout"/>.</exception>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public Task StartMemberAsync(ProtoCluster cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        var (host, port) = cluster.System.GetAddress();
        return StartAsync(cluster, new MemberRecord(cluster.System.Id, host, port, cluster.GetClusterKinds()));
    }

    /// <summary>Tells the cluster who its members are, and goes on watching. The node itself is not registered.</summary>
    /// <exception cref="EtcdClusterException">The options are wrong, or etcd could not be had within <see cref="EtcdClusterOptions.StartTimeout"/>.</exception>
    /// <exception cref="InvalidOperationException">It was started before.</exception>
    public Task StartClientAsync(ProtoCluster cluster)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        return StartAsync(cluster, self: null);
    }

    /// <summary>
    /// Stops renewing and watching. When <paramref name="graceful"/> the entry is removed, so that others see it at once; else it stays until its
    /// lease runs out. That takes four times <see cref="EtcdClusterOptions.CallTimeout"/> at most, also when etcd is away; with many endpoints that are
    /// silent not all are tried. Never throws; may be called again.
    /// </summary>
    public Task ShutdownAsync(bool graceful)
    {
        lock (_lock)
        {
            return _node?.StopAsync(graceful) ?? Task.CompletedTask;
        }
    }

    /// <summary>Endpoint, lease, revision and members, for Proto.Actor's diagnostics.</summary>
    public Task<DiagnosticsEntry[]> GetDiagnostics()
    {
        lock (_lock)
        {
            return Task.FromResult(_node?.Diagnostics() ?? []);
        }
    }

    private async Task StartAsync(ProtoCluster cluster, MemberRecord? self)
    {
        EtcdClusterOptionsValidator.ThrowIfInvalid(_options, _hooks);
        var log = (_hooks.LoggerFactory ?? Log.GetLoggerFactory()).CreateLogger("Remote.Cluster.Etcd");
        var node = new EtcdNode(
            cluster.Config.ClusterName,
            self,
            _options.Snapshot(),
            _hooks,
            members => HandOver(cluster, members),
            () => BlockedMembers(cluster),
            why => Leave(cluster, why),
            log);
        lock (_lock)
        {
            if (_node is not null)
            {
                throw new InvalidOperationException("An EtcdClusterProvider serves one cluster, once: make another for another start.");
            }

            _node = node;
        }

        cluster.System.EventStream.Subscribe<MemberBlocked>(_ => node.BlocksChanged());

        // A system that is shut down without its cluster must not stay a member.
        cluster.System.Shutdown.UnsafeRegister(_ => _ = node.StopAsync(graceful: true), state: null);
        await node.StartAsync().ConfigureAwait(false);
    }

    private static void HandOver(ProtoCluster cluster, IReadOnlyList<MemberRecord> members) => cluster.MemberList.UpdateClusterTopology(
        [.. members.Select(member => new Member { Id = member.Id, Host = member.Host, Port = member.Port, Kinds = { member.Kinds } })]);

    // A member that is on its way out already, or knows itself to be blocked, has nothing to say about others, and need not be judged.
    private static ImmutableHashSet<string>? BlockedMembers(ProtoCluster cluster)
    {
        var blocked = cluster.Remote.BlockList.BlockedMembers;
        return cluster.MemberList.Stopping || blocked.Contains(cluster.System.Id) ? null : blocked;
    }

    // As the member list does it when a member learns that it is blocked: the cluster stops its virtual actors, and then this provider, which the
    // loop that calls this must not wait for.
    private static void Leave(ProtoCluster cluster, string why)
    {
        if (!cluster.MemberList.Stopping)
        {
            _ = Task.Run(() => cluster.ShutdownAsync(graceful: true, why));
        }
    }
}
