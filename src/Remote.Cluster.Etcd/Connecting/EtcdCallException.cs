namespace Remote.Cluster.Etcd;

/// <summary>One call to one endpoint failed, and why. Internal: what callers see is an <see cref="EtcdClusterException"/>.</summary>
internal sealed class EtcdCallException(Uri endpoint, EtcdFailure failure, string detail, Exception? innerException = null)
    : Exception($"{endpoint.GetLeftPart(UriPartial.Authority)}: {detail}", innerException)
{
    public Uri Endpoint { get; } = endpoint;

    public EtcdFailure Failure { get; } = failure;

    /// <summary>Whether it would be the same again: only a change of options, or of etcd's settings, can help.</summary>
    public bool IsFinal { get; init; } = failure is EtcdFailure.UserRefused or EtcdFailure.UserMissing or EtcdFailure.PermissionDenied;
}
