using Authpb;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Net.Client;
using Remote.Cluster.Etcd;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>What an operator would do with etcdctl: writes entries, revokes leases, compacts, makes users. Goes past the code under test.</summary>
internal sealed class EtcdAccess(string endpoint) : IDisposable
{
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(endpoint);

    private KV.KVClient Keys => new(_channel);

    public static MemberKeys KeysOf(string cluster) => new(new EtcdClusterOptions().KeyPrefix, cluster);

    public async Task PutAsync(string key, string value) =>
        await Keys.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) });

    public Task PutAsync(string cluster, MemberRecord record) =>
        PutAsync(KeysOf(cluster).Of(record), MemberRecordFormat.Write(record).ToStringUtf8());

    public async Task DeleteAsync(string key) => await Keys.DeleteRangeAsync(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) });

    /// <summary>The entries under a prefix: key, text and lease.</summary>
    public async Task<IReadOnlyList<(string Key, string Value, long Lease)>> ListAsync(string cluster)
    {
        var keys = KeysOf(cluster);
        var answer = await Keys.RangeAsync(new RangeRequest { Key = keys.RangeStart, RangeEnd = keys.RangeEnd });
        return [.. answer.Kvs.Select(entry => (entry.Key.ToStringUtf8(), entry.Value.ToStringUtf8(), entry.Lease))];
    }

    public async Task RevokeAsync(long lease) => await new Lease.LeaseClient(_channel).LeaseRevokeAsync(new LeaseRevokeRequest { ID = lease });

    /// <summary>Throws away all of the past, as etcd does by itself with --auto-compaction-retention.</summary>
    public async Task CompactAsync()
    {
        var now = await Keys.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("any") });
        await Keys.CompactAsync(new CompactionRequest { Revision = now.Header.Revision, Physical = true });
    }

    public async Task<bool> IsLeaderAsync()
    {
        var status = await new Maintenance.MaintenanceClient(_channel).StatusAsync(new StatusRequest());
        return status.Leader == status.Header.MemberId;
    }

    /// <summary>Users: root, <c>app</c> who may do what a member of the cluster does, and <c>guest</c> who may do nothing.</summary>
    public async Task EnableAuthenticationAsync(string cluster)
    {
        var users = new Auth.AuthClient(_channel);
        var keys = KeysOf(cluster);
        foreach (var (name, role) in new[] { ("root", "root"), ("app", "members"), ("guest", "nothing") })
        {
            await users.UserAddAsync(new AuthUserAddRequest { Name = name, Password = name + "-password" });
            if (role != "root")
            {
                await users.RoleAddAsync(new AuthRoleAddRequest { Name = role });
            }

            await users.UserGrantRoleAsync(new AuthUserGrantRoleRequest { User = name, Role = role });
        }

        var permission = new Permission { PermType = Permission.Types.Type.Readwrite, Key = keys.RangeStart, RangeEnd = keys.RangeEnd };
        await users.RoleGrantPermissionAsync(new AuthRoleGrantPermissionRequest { Name = "members", Perm = permission });
        await users.AuthEnableAsync(new AuthEnableRequest());
    }

    public void Dispose() => _channel.Dispose();
}
