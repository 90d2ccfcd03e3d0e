namespace Remote.Cluster.Etcd;

/// <summary>This node's lease was lost, and another member is registered at its address by now. The node has to leave.</summary>
internal sealed class PlaceTakenException(MemberRecord other)
    : Exception($"{other.Id} is registered at {other.Address}")
{
    public MemberRecord Other { get; } = other;
}
