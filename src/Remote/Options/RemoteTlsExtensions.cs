using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>Switches TLS on, for the listener and for dials, with one call.</summary>
public static class RemoteTlsExtensions
{
    /// <summary>Uses a certificate and its key out of files, which are taken up again when they change.</summary>
    /// <param name="options">The options of the node.</param>
    /// <param name="certificatePath">As <see cref="TlsOptions.CertificatePath"/>.</param>
    /// <param name="keyPath">As <see cref="TlsOptions.KeyPath"/>.</param>
    /// <param name="trustedRootsPath">As <see cref="TlsOptions.TrustedRootsPath"/>.</param>
    /// <returns>What else there is to set.</returns>
    /// <example>
    /// <code>
    /// system.WithRemote(config, options => options.UseTls("node1.crt", "node1.key", "ca.crt"));
    /// </code>
    /// </example>
    public static TlsOptions UseTls(this RemoteOptions options, string certificatePath, string? keyPath, string? trustedRootsPath = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(certificatePath);
        (options.Tls.CertificatePath, options.Tls.KeyPath) = (certificatePath, keyPath);
        options.Tls.TrustedRootsPath = trustedRootsPath ?? options.Tls.TrustedRootsPath;
        return options.Tls;
    }

    /// <summary>Uses one certificate for the whole life of the node.</summary>
    /// <param name="options">The options of the node.</param>
    /// <param name="certificate">With its private key.</param>
    /// <param name="trustedRoots">The authorities whose certificates are believed; <see langword="null"/> for those of the system.</param>
    /// <returns>What else there is to set.</returns>
    public static TlsOptions UseTls(this RemoteOptions options, X509Certificate2 certificate, X509Certificate2Collection? trustedRoots = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var identity = new TlsIdentity(certificate, trustedRoots);
        return options.UseTls(() => identity);
    }

    /// <summary>Uses a certificate out of the certificate store; a newer one with the same subject is taken up when it is there.</summary>
    /// <param name="options">The options of the node.</param>
    /// <param name="storeName">As <see cref="TlsOptions.StoreName"/>.</param>
    /// <param name="storeLocation">As <see cref="TlsOptions.StoreLocation"/>.</param>
    /// <param name="subject">As <see cref="TlsOptions.StoreSubject"/>.</param>
    /// <param name="trustedRootsPath">As <see cref="TlsOptions.TrustedRootsPath"/>.</param>
    /// <returns>What else there is to set.</returns>
    public static TlsOptions UseTls(
        this RemoteOptions options, StoreName storeName, StoreLocation storeLocation, string subject, string? trustedRootsPath = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(subject);
        (options.Tls.StoreName, options.Tls.StoreLocation, options.Tls.StoreSubject) = (storeName, storeLocation, subject);
        options.Tls.TrustedRootsPath = trustedRootsPath ?? options.Tls.TrustedRootsPath;
        return options.Tls;
    }

    /// <summary>Asks for the certificate and the roots, again every <see cref="TlsOptions.ReloadInterval"/>.</summary>
    /// <param name="options">The options of the node.</param>
    /// <param name="identity">As <see cref="RemoteHooks.TlsIdentity"/>.</param>
    /// <returns>What else there is to set.</returns>
    public static TlsOptions UseTls(this RemoteOptions options, Func<TlsIdentity> identity)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(identity);
        options.Hooks.TlsIdentity = identity;
        return options.Tls;
    }
}
