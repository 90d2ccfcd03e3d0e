using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>
/// TLS between nodes, for the listener and for dials at once. It is on as soon as there is a certificate, or roots to trust: in files
/// (<see cref="CertificatePath"/>), in the certificate store (<see cref="StoreSubject"/>), or from code (<see cref="RemoteHooks.TlsIdentity"/>).
/// With it on, nothing is ever sent or taken in without TLS. Not thread-safe.
/// </summary>
/// <remarks>
/// Only TLS 1.2 and 1.3 are spoken. Files that change are taken up while the node runs: new connections use what is new, and the open ones are
/// replaced one after the other, without losing a message between Remote nodes.
/// </remarks>
public sealed class TlsOptions
{
    /// <summary>
    /// The certificate of this node, shown to those who dial it and to those whom it dials: a PEM file with the certificate first and those
    /// between it and the root after it, or a PKCS#12 file (<c>.pfx</c>, <c>.p12</c>), which has the key in it. Default <see langword="null"/>.
    /// </summary>
    public string? CertificatePath { get; set; }

    /// <summary>
    /// The private key of the certificate, a PEM file. Default <see langword="null"/>: it is in the file of the certificate.
    /// </summary>
    public string? KeyPath { get; set; }

    /// <summary>The password of an encrypted key or PKCS#12 file. Default <see langword="null"/>. It is never logged.</summary>
    public string? KeyPassword { get; set; }

    /// <summary>
    /// Takes the certificate out of the certificate store: the newest one that has its key there and this text in its subject.
    /// Default <see langword="null"/>.
    /// </summary>
    public string? StoreSubject { get; set; }

    /// <summary>The store to look in. Default <see cref="System.Security.Cryptography.X509Certificates.StoreName.My"/>.</summary>
    public StoreName StoreName { get; set; } = StoreName.My;

    /// <summary>
    /// Whose store it is. Default <see cref="System.Security.Cryptography.X509Certificates.StoreLocation.CurrentUser"/>.
    /// </summary>
    public StoreLocation StoreLocation { get; set; } = StoreLocation.CurrentUser;

    /// <summary>
    /// The authorities whose certificates are believed, a file with PEM certificates. Default <see langword="null"/>: those of the operating
    /// system, which is rarely what is wanted between nodes. Put the old and the new one in while one takes the place of the other.
    /// </summary>
    public string? TrustedRootsPath { get; set; }

    /// <summary>
    /// Whether a node that connects must show a certificate. Default <see langword="true"/>. One that is shown is judged in any case.
    /// </summary>
    public bool RequireClientCertificate { get; set; } = true;

    /// <summary>
    /// The names that a peer's certificate may have, in its subject alternative name: a host name (<c>node1.shop.example</c>,
    /// <c>*.shop.example</c>), an IP address, or a URI (<c>spiffe://shop.example/node/1</c>, <c>spiffe://shop.example/node/*</c>,
    /// <c>remote:</c> and a system id). Whoever has one of them is a peer, on whichever side it is and by whatever address it was dialled. Default:
    /// none, then a certificate must name the host that was dialled, and whoever connects may have any name.
    /// </summary>
    public IList<string> PeerNames { get; set; } = [];

    /// <summary>
    /// Whether the platform asks the authorities for certificates that were revoked. Default <see cref="X509RevocationMode.NoCheck"/>.
    /// <see cref="RevocationListPath"/> needs nobody to ask.
    /// </summary>
    public X509RevocationMode RevocationMode { get; set; } = X509RevocationMode.NoCheck;

    /// <summary>
    /// Lists of revoked certificates, a file with PEM blocks (<c>X509 CRL</c>) or one list in DER. When it is set there must be a list of the issuer
    /// of each peer's certificate, signed by it and not out of date. Default <see langword="null"/>.
    /// </summary>
    public string? RevocationListPath { get; set; }

    /// <summary>
    /// How often files, store and <see cref="RemoteHooks.TlsIdentity"/> are looked at for something new, 1 s to 49 days, or
    /// <see cref="Timeout.InfiniteTimeSpan"/> for never. Default 10 s. Files are also looked at before each handshake.
    /// </summary>
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(10);
}
