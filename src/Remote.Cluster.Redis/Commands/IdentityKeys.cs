using System.Globalization;
using Proto.Cluster;
using StackExchange.Redis;

namespace Remote.Cluster.Redis;

/// <summary>The keys of one cluster. The scripts know how they are formed, too (<c>prelude.lua</c>).</summary>
internal sealed class IdentityKeys(string prefix)
{
    /// <summary>What all keys begin with: it has the hash tag.</summary>
    public string Prefix { get; } = prefix;

    /// <summary>Hash: the epoch's id, the server's run, when locks are granted, the last number given out.</summary>
    public RedisKey Epoch { get; } = prefix + "epoch";

    /// <summary>Hash: when each member stored its first activation.</summary>
    public RedisKey Members { get; } = prefix + "members";

    /// <summary>Hash: how often an activation of each member was displaced by the claim of another.</summary>
    public RedisKey Displaced { get; } = prefix + "displaced";

    /// <summary>Hash: what is stored for an identity.</summary>
    public RedisKey Record(string name) => Prefix + "i:" + name;

    /// <summary>String that expires: the token of the lock's owner.</summary>
    public RedisKey Lock(string name) => Prefix + "l:" + name;

    /// <summary>Set: the names of the identities that a member has.</summary>
    public RedisKey Index(string member) => Prefix + "m:" + member;

    /// <summary>String: says that the member was removed and nothing of it counts.</summary>
    public RedisKey Gone(string member) => Prefix + "g:" + member;

    /// <summary>The length keeps kind "a/b" with identity "c" apart from kind "a" with identity "b/c".</summary>
    public static string Name(ClusterIdentity identity) =>
        string.Create(CultureInfo.InvariantCulture, $"{identity.Kind.Length}:{identity.Kind}/{identity.Identity}");
}
