using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>What the handshakes of one moment are done with. Immutable, thread-safe.</summary>
internal sealed class TlsMaterial
{
    // Read when it is made: the application may dispose of its certificates once it has given others.
    private readonly string?[] _thumbprints;

    /// <exception cref="ArgumentException">The certificate has no private key.</exception>
    public TlsMaterial(int generation, TlsIdentity identity, X509Certificate2Collection? roots, string rootsSource, RevocationLists revoked)
    {
        (Generation, Certificate, Roots, RootsSource, Revoked) = (generation, identity.Certificate, roots, rootsSource, revoked);
        _thumbprints = [Certificate?.Thumbprint, .. Thumbprints(identity.Intermediates), null, .. Thumbprints(roots)];
        if (Certificate is not null)
        {
            (NotBefore, NotAfter) = (Certificate.NotBefore.ToUniversalTime(), Certificate.NotAfter.ToUniversalTime());
            Description = CertificateText.Of(Certificate);

            // Offline: what peers need between this certificate and the root has to be in the file, not somewhere on the network.
            Context = SslStreamCertificateContext.Create(Certificate, identity.Intermediates, offline: true);
        }
    }

    /// <summary>Rises with each change.</summary>
    public int Generation { get; }

    public X509Certificate2? Certificate { get; }

    /// <summary>The certificate with those between it and its root; <see langword="null"/> for none.</summary>
    public SslStreamCertificateContext? Context { get; }

    /// <summary>The authorities that are believed; <see langword="null"/> for those of the operating system.</summary>
    public X509Certificate2Collection? Roots { get; }

    /// <summary>Where the authorities come from, for a message.</summary>
    public string RootsSource { get; }

    public RevocationLists Revoked { get; }

    /// <summary>Which certificate it is, for a message.</summary>
    public string Description { get; } = "none";

    /// <summary>When the certificate begins to be valid, by UTC; without one it is always.</summary>
    public DateTime NotBefore { get; } = DateTime.MinValue;

    /// <summary>When it ends.</summary>
    public DateTime NotAfter { get; } = DateTime.MaxValue;

    /// <summary>How a chain of a peer's certificates is built and what it must be good for.</summary>
    /// <param name="usage">The extended key usage.</param>
    /// <param name="now">By the clock of the node.</param>
    /// <param name="revocation">Whether the platform looks for revoked certificates.</param>
    public X509ChainPolicy PolicyFor(string usage, DateTimeOffset now, X509RevocationMode revocation)
    {
        var policy = new X509ChainPolicy
        {
            VerificationTime = now.UtcDateTime,
            RevocationMode = revocation,

            // A stranger's certificate says where its issuer is to be had: nobody makes this node fetch anything.
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(usage));
        if (Roots is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(Roots);
        }

        return policy;
    }

    /// <summary>Whether handshakes with the one have the same outcome as with the other.</summary>
    public bool IsSameAs(TlsMaterial other) =>
        _thumbprints.SequenceEqual(other._thumbprints) && Revoked.Fingerprint == other.Revoked.Fingerprint;

    private static IEnumerable<string> Thumbprints(X509Certificate2Collection? certificates) =>
        (certificates ?? []).Select(static certificate => certificate.Thumbprint).Order(StringComparer.Ordinal);
}
