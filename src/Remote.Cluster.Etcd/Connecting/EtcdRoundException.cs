namespace Remote.Cluster.Etcd;

/// <summary>Every endpoint was tried once, and none would do. There is a failure for each, in the order of the attempts.</summary>
internal sealed class EtcdRoundException(IReadOnlyList<EtcdCallException> failures)
    : Exception(string.Join("; ", failures.Select(failure => failure.Message)), failures[^1])
{
    public IReadOnlyList<EtcdCallException> Failures { get; } = failures;

    /// <summary>Whether it would be the same again: nothing but a change of options or of etcd's settings helps.</summary>
    public bool IsFinal => Failures.All(failure => failure.Failure
        is EtcdFailure.TlsFailed or EtcdFailure.UserRefused or EtcdFailure.UserMissing or EtcdFailure.PermissionDenied);
}
