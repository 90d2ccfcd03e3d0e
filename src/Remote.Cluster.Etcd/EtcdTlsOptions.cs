namespace Remote.Cluster.Etcd;

/// <summary>
/// Certificates in files, as operators mount them. They are read anew for each connection, so what was renewed is used from then on. Not thread-safe.
/// </summary>
public sealed class EtcdTlsOptions
{
    /// <summary>
    /// A file of PEM certificates: the only authorities that etcd's certificate may come from. Default <see langword="null"/>: those of the system.
    /// </summary>
    public string? RootCertificatesFile { get; set; }

    /// <summary>A PEM file with the certificate that this node shows to etcd. Default <see langword="null"/>: none.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>The PEM file with the private key of <see cref="ClientCertificateFile"/>. Set both or neither.</summary>
    public string? ClientKeyFile { get; set; }
}
