namespace Remote.Cluster.Etcd;

/// <summary>Why a cluster could not be joined, or etcd not be asked.</summary>
public enum EtcdFailure
{
    /// <summary>The options cannot be right; the message names every fault.</summary>
    InvalidOptions,

    /// <summary>Nothing listens at the endpoint, its name is unknown, or the connection was lost.</summary>
    Unreachable,

    /// <summary>There was a connection, or an attempt at one, and no answer in time.</summary>
    NoAnswer,

    /// <summary>No connection by TLS: a certificate that is not trusted, a name that is not in it, or a client certificate that etcd wants.</summary>
    TlsFailed,

    /// <summary>etcd does not know the user, or the password is wrong.</summary>
    UserRefused,

    /// <summary>etcd wants a user, and the options have none.</summary>
    UserMissing,

    /// <summary>The user may not read and write the keys of the cluster.</summary>
    PermissionDenied,

    /// <summary>etcd answers that it cannot serve: no leader, no majority, or starting.</summary>
    Unavailable,

    /// <summary>etcd, or whatever answers there, refused in another way; the message has its words.</summary>
    Refused,
}
