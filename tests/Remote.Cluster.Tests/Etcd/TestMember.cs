using Remote.Cluster.Etcd;
using Remote.Testing;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>
/// A member, or a client, without an actor system behind it: what it would hand to Proto.Cluster is recorded. Its id is a letter, and its address one
/// that nothing listens on.
/// </summary>
internal sealed class TestMember : IAsyncDisposable
{
    private readonly EtcdNode _node;
    private readonly string _cluster;
    private HashSet<string>? _blocked = [];

    public TestMember(
        string cluster,
        string? id,
        IEnumerable<string> endpoints,
        Action<EtcdClusterOptions>? change = null,
        EtcdClusterHooks? hooks = null,
        int? port = null)
    {
        _cluster = cluster;
        foreach (var endpoint in endpoints)
        {
            Options.Endpoints.Add(endpoint);
        }

        change?.Invoke(Options);
        hooks ??= new EtcdClusterHooks();
        EtcdClusterOptionsValidator.ThrowIfInvalid(Options, hooks);
        Self = id is null ? null : new MemberRecord(id, "127.0.0.1", port ?? PortOf(id), ["kind"]);
        _node = new EtcdNode(
            cluster,
            Self,
            Options,
            hooks,
            handOver: members => Handed.Record(Handing.Of(members)),
            blockedMembers: () => Volatile.Read(ref _blocked),
            leave: why => Handed.Record(new Leaving(why)),
            Log);
    }

    /// <summary>Short times, so that a lease that runs out does not take long.</summary>
    public EtcdClusterOptions Options { get; } = new()
    {
        LeaseTimeToLive = TimeSpan.FromSeconds(2),
        BlockSettlingTime = TimeSpan.FromMilliseconds(300),
        CallTimeout = TimeSpan.FromMilliseconds(500),
        OutageGrace = TimeSpan.FromSeconds(1.5),
        Retry = { InitialDelay = TimeSpan.FromMilliseconds(50), MaxDelay = TimeSpan.FromMilliseconds(200) },
    };

    public MemberRecord? Self { get; }

    public RecordedLog Log { get; } = new();

    /// <summary>Every <see cref="Handing"/> of a list, and each <see cref="Leaving"/>.</summary>
    public EventProbe Handed { get; } = new();

    public string Members => Handing.Of(_node.Members).Ids;

    public long Lease => _node.Lease;

    public Uri? Endpoint => _node.Endpoint;

    public static int PortOf(string id) => 1000 + id[0];

    public Task StartAsync() => _node.StartAsync();

    public Task StopAsync(bool graceful = true) => _node.StopAsync(graceful);

    /// <summary>Blocks these and nobody else from now on, each a letter; with <see langword="null"/> it is on its way out.</summary>
    public void Block(string? ids)
    {
        Volatile.Write(ref _blocked, ids is null ? null : [.. ids.Select(id => $"{id}")]);
        _node.BlocksChanged();
    }

    /// <summary>Waits until these are the members that were handed over last, as letters in order.</summary>
    public Task SeesAsync(string ids) =>
        Handed.NextAsync<Handing>(handing => handing.Ids == ids, expected: $"{Self?.Id ?? "the client"} sees {ids} in {_cluster}");

    /// <summary>Whether any list from the one with these members on lacked one of them.</summary>
    public bool EverLostSince(string ids) =>
        Handed.Of<Handing>().SkipWhile(handing => handing.Ids != ids).Any(handing => !ids.All(id => handing.Ids.Contains(id)));

    public async ValueTask DisposeAsync()
    {
        await _node.StopAsync(graceful: false);
        Handed.Dispose();
        Log.Dispose();
    }

    /// <summary>A list that was handed over: the ids of its members in order.</summary>
    public sealed record Handing(string Ids)
    {
        public static Handing Of(IEnumerable<MemberRecord> members) =>
            new(string.Concat(members.Select(member => member.Id).Order(StringComparer.Ordinal)));
    }

    /// <summary>The node wants to leave the cluster.</summary>
    public sealed record Leaving(string Why);
}
