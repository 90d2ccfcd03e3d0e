namespace Remote.Cluster.Etcd;

/// <summary>Members block each other, and this one is among those that have to leave.</summary>
internal sealed class OutvotedException(string reason) : Exception(reason);
