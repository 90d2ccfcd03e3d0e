namespace Remote.Cluster.Tests.Servers;

/// <summary>How a <see cref="RedisServer"/> is started.</summary>
/// <param name="Persistence">What it remembers.</param>
/// <param name="Password">Asked of everybody; null for none.</param>
/// <param name="ReplicaOf">The port of its primary; 0 when it is one.</param>
/// <param name="IsCluster">Whether it is a Redis Cluster of one node, which has all slots.</param>
public sealed record RedisServerOptions(
    RedisPersistence Persistence = RedisPersistence.None, string? Password = null, int ReplicaOf = 0, bool IsCluster = false);
