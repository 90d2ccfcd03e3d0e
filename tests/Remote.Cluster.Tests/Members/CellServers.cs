using Remote.Cluster.Tests.Servers;
using Remote.ClusterNode;

namespace Remote.Cluster.Tests;

/// <summary>The servers that a cell of the matrix needs.</summary>
internal sealed class CellServers : IAsyncDisposable
{
    private readonly EtcdServer? _etcd;
    private readonly RedisServer? _redis;

    private CellServers(EtcdServer? etcd, RedisServer? redis) => (_etcd, _redis) = (etcd, redis);

    public static async Task<CellServers> StartAsync(string provider, string lookup) => new(
        provider == MemberPlan.Etcd ? await EtcdServer.StartAsync() : null,
        lookup == MemberPlan.Redis ? await RedisServer.StartAsync() : null);

    /// <summary>Tells members where they are.</summary>
    public MemberPlan Apply(MemberPlan plan) => plan with
    {
        EtcdEndpoints = _etcd is null ? [] : [_etcd.Endpoint],
        RedisConfiguration = _redis?.Address ?? "",
    };

    public async ValueTask DisposeAsync()
    {
        await (_etcd?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_redis?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
