using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remote.Cluster.Etcd;

/// <summary>What TLS with etcd is done with: roots of one's own and a client certificate, from files or objects.</summary>
internal static class EtcdCertificates
{
    /// <summary>The settings for one connection, with the files as they are now.</summary>
    /// <exception cref="CryptographicException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static SslClientAuthenticationOptions For(EtcdTlsOptions tls, EtcdClusterHooks hooks)
    {
        var settings = new SslClientAuthenticationOptions();
        var roots = hooks.RootCertificates ?? (tls.RootCertificatesFile is null ? null : ReadRoots(tls));
        if (roots is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            settings.CertificateChainPolicy = policy;
        }

        if ((hooks.ClientCertificate ?? ReadClient(tls)) is { } client)
        {
            settings.ClientCertificates = [client];

            // Without it the certificate is only sent when the server names an issuer that the platform can match.
            settings.LocalCertificateSelectionCallback = (_, _, _, _, _) => client;
        }

        return settings;
    }

    public static X509Certificate2Collection ReadRoots(EtcdTlsOptions tls)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(tls.RootCertificatesFile!);
        return roots.Count > 0 ? roots : throw new CryptographicException("there is no certificate in it");
    }

    public static X509Certificate2? ReadClient(EtcdTlsOptions tls) =>
        tls.ClientCertificateFile is null ? null : X509Certificate2.CreateFromPemFile(tls.ClientCertificateFile, tls.ClientKeyFile);
}
