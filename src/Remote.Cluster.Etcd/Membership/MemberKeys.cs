using Google.Protobuf;

namespace Remote.Cluster.Etcd;

/// <summary>
/// Where the members of a cluster are in etcd: one key for each address. So a process that starts where another one died takes its place in one step,
/// and two that claim one address find out.
/// </summary>
internal sealed class MemberKeys(string keyPrefix, string clusterName)
{
    /// <summary>The name is escaped, so that no cluster's keys lie among those of another.</summary>
    public string Prefix { get; } = $"{keyPrefix}/{Uri.EscapeDataString(clusterName)}/members/";

    public ByteString RangeStart => ByteString.CopyFromUtf8(Prefix);

    /// <summary>The first key behind all that begin with the prefix: '0' follows '/'.</summary>
    public ByteString RangeEnd => ByteString.CopyFromUtf8(Prefix[..^1] + '0');

    public string Of(MemberRecord member) => Prefix + member.Address;
}
