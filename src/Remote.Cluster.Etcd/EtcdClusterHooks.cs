using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Etcd;

/// <summary>What a provider takes from its surroundings: clock, chance, log, and certificates that are no files. Read once at the start. Not thread-safe.</summary>
public sealed class EtcdClusterHooks
{
    /// <summary>The clock of all timeouts and pauses here. Default <see langword="null"/>: that of the system. A lease runs in etcd, by its clock.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>The source of jitter. Default <see langword="null"/>: a random one.</summary>
    public Random? Random { get; set; }

    /// <summary>Where the log goes. Default <see langword="null"/>: Proto.Actor's (<c>Proto.Log.SetLoggerFactory</c>).</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// The only authorities that etcd's certificate may come from, in place of <see cref="EtcdTlsOptions.RootCertificatesFile"/>. The caller owns them.
    /// </summary>
    public X509Certificate2Collection? RootCertificates { get; set; }

    /// <summary>
    /// What this node shows to etcd, with its private key, in place of <see cref="EtcdTlsOptions.ClientCertificateFile"/>. The caller owns it.
    /// </summary>
    public X509Certificate2? ClientCertificate { get; set; }
}
