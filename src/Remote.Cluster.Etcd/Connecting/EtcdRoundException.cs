namespace Remote.Cluster.Etcd;

/// <summary>Every endpoint was tried once, and none would do. There is a failure for each, in the order of the attempts.</summary>
internal sealed class EtcdRoundException(IReadOnlyList<EtcdCallException> failures)
    : Exception(string.Join("; ", failures.Select(failure => failure.Message)), failures[^1])
{
    public IReadOnlyList<EtcdCallException> Failures { get; } = failures;

    /// <summary>Whether another round would be the same.</summary>
    public bool IsFinal => Failures.All(failure => failure.IsFinal);
}
