namespace Remote.Cluster.Etcd;

/// <summary>A cluster could not be joined by way of etcd. The message says what was tried, what came of it, and what can be done.</summary>
public sealed class EtcdClusterException : Exception
{
    internal EtcdClusterException(EtcdFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>What was wrong; of several endpoints, with the one that was tried last.</summary>
    public EtcdFailure Failure { get; }
}
