namespace Remote.Cluster.Tests.Servers;

/// <summary>How an <see cref="EtcdServer"/> differs from the plainest one.</summary>
internal sealed record EtcdServerSettings
{
    /// <summary>TLS with these certificates, and client certificates required of the same authority. None: no TLS.</summary>
    public TestCertificates? Certificates { get; init; }
}
