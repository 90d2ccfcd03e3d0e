namespace Remote.Cluster.Etcd;

/// <summary>What etcd has at the key of this node's own address.</summary>
internal enum OwnPlace
{
    /// <summary>This node's entry, or none is expected because it is a client.</summary>
    Held,

    /// <summary>Nothing: the lease ran out, or somebody deleted it.</summary>
    Empty,

    /// <summary>The entry of another member.</summary>
    Taken,
}
