using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>
/// The certificate of a node and the authorities that it believes, as objects. Immutable. The certificates stay the application's: dispose none
/// that a node may still use.
/// </summary>
/// <param name="certificate">With its private key; <see langword="null"/> for a node without a listener that shows none.</param>
/// <param name="trustedRoots">
/// The authorities whose certificates are believed; <see langword="null"/> for those of <see cref="TlsOptions.TrustedRootsPath"/>, or of the
/// operating system.
/// </param>
public sealed class TlsIdentity(X509Certificate2? certificate, X509Certificate2Collection? trustedRoots = null)
{
    /// <summary>The certificate of the node, with its private key.</summary>
    public X509Certificate2? Certificate { get; } = certificate;

    /// <summary>The authorities whose certificates are believed.</summary>
    public X509Certificate2Collection? TrustedRoots { get; } = trustedRoots;

    /// <summary>The certificates between that of the node and its root, which peers may not have. Default: none.</summary>
    public X509Certificate2Collection Intermediates { get; init; } = [];
}
