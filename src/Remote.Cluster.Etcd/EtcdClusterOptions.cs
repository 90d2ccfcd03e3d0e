namespace Remote.Cluster.Etcd;

/// <summary>
/// Where etcd is, and how long a member may be silent. Checked as a whole when the cluster starts, and read only then. Plain values throughout, so
/// that it can be bound from configuration; clocks and certificates that are objects are in <see cref="EtcdClusterHooks"/>. Not thread-safe.
/// </summary>
/// <remarks>All members and clients of a cluster should have the same values for what is not an address or a secret.</remarks>
public sealed class EtcdClusterOptions
{
    /// <summary>
    /// The members of the etcd cluster, each as <c>http://host:port</c> or <c>https://host:port</c>, 1 to 100. They are tried in turn. Required.
    /// </summary>
    public IList<string> Endpoints { get; } = [];

    /// <summary>
    /// What the keys of all clusters begin with. Default <c>/proto.cluster</c>. The name of the cluster follows it, so clusters can share an etcd;
    /// a user of etcd needs permission to read and write <c>{KeyPrefix}/{cluster name}/members/</c>.
    /// </summary>
    public string KeyPrefix { get; set; } = "/proto.cluster";

    /// <summary>
    /// How long etcd keeps the entry of a member that does not renew it, in whole seconds, 1 s to 1 h; etcd may take a longer time than one of a few
    /// seconds. Default 10 s. A member that was killed is seen to be gone after this time. It is renewed every third of it.
    /// </summary>
    public TimeSpan LeaseTimeToLive { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long members whose entries ran out while etcd was away are waited for once it answers again, at least
    /// <see cref="EtcdRetryOptions.MaxDelay"/> and <see cref="CallTimeout"/> together, at most 1 h. Default 20 s. They count as members meanwhile.
    /// </summary>
    public TimeSpan OutageGrace { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long it has to stand who blocks whom before members that are outvoted leave, more than zero and at most 1 h. Default 1 s. Members of one side
    /// do not take to blocking those of the other at the same moment; those that will leave run on meanwhile, beside what replaced them.
    /// </summary>
    public TimeSpan BlockSettlingTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the start of a member or client tries to reach etcd, more than zero and at most 1 h. Default 15 s; then it fails.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long one answer of etcd may take, connecting included, more than zero and at most half of <see cref="LeaseTimeToLive"/>. Default 3 s;
    /// then the next endpoint is tried.
    /// </summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The user of etcd's own authentication. Default <see langword="null"/>: none.</summary>
    public string? User { get; set; }

    /// <summary>The password of <see cref="User"/>. Set both or neither.</summary>
    public string? Password { get; set; }

    /// <summary>When etcd is asked again after all endpoints have failed.</summary>
    public EtcdRetryOptions Retry { get; } = new();

    /// <summary>The certificates for endpoints with <c>https</c>.</summary>
    public EtcdTlsOptions Tls { get; } = new();

    /// <summary>What they are now, so that a later change by their owner changes nothing.</summary>
    internal EtcdClusterOptions Snapshot()
    {
        var copy = new EtcdClusterOptions
        {
            KeyPrefix = KeyPrefix,
            LeaseTimeToLive = LeaseTimeToLive,
            OutageGrace = OutageGrace,
            BlockSettlingTime = BlockSettlingTime,
            StartTimeout = StartTimeout,
            CallTimeout = CallTimeout,
            User = User,
            Password = Password,
            Retry = { InitialDelay = Retry.InitialDelay, MaxDelay = Retry.MaxDelay, Jitter = Retry.Jitter },
            Tls =
            {
                RootCertificatesFile = Tls.RootCertificatesFile,
                ClientCertificateFile = Tls.ClientCertificateFile,
                ClientKeyFile = Tls.ClientKeyFile,
            },
        };
        foreach (var endpoint in Endpoints)
        {
            copy.Endpoints.Add(endpoint);
        }

        return copy;
    }
}
