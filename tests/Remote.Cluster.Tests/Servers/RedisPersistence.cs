namespace Remote.Cluster.Tests.Servers;

/// <summary>What a <see cref="RedisServer"/> remembers when it is started again.</summary>
public enum RedisPersistence
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Everything that it has answered: an append-only file.</summary>
    AppendOnly,

    /// <summary>What stood in its last snapshot, which a test orders with SAVE.</summary>
    Snapshot,
}
