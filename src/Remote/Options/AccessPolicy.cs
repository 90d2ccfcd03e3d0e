namespace Remote;

/// <summary>Who may connect to a node. <see cref="RemoteHooks.AuthorizePeer"/> is asked as well, about those whom the policy lets in.</summary>
public enum AccessPolicy
{
    /// <summary>
    /// Everybody who reaches the listener. Diagnostics and administration stay with callers on this machine. A listener that is reachable from
    /// elsewhere logs one Warning at the start.
    /// </summary>
    AllowAll = 0,

    /// <summary>Callers over loopback, a Unix socket, or a network in memory. A caller on this machine that dials another of its addresses is none of them.</summary>
    LoopbackOnly = 1,

    /// <summary>
    /// Callers with a client certificate that has one of <see cref="AccessOptions.AllowedNames"/>. Whether the certificate is to be trusted, TLS has
    /// decided before.
    /// </summary>
    MutualTls = 2,

    /// <summary>
    /// Callers that know what is in <see cref="AccessOptions.SecretFile"/>: it comes along with each stream and each call. For networks without
    /// certificates; whoever can read the connection can read the secret, so use TLS beyond networks that you trust.
    /// </summary>
    SharedSecret = 3,
}
