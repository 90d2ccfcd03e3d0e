using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>Judges the certificates of peers: the one place that decides whose are good. Thread-safe.</summary>
internal sealed class PeerVerifier(TlsOptions options, TimeProvider time)
{
    // The peer's chain is built by the platform before it is judged here; by these rules, and with nothing fetched.
    private const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain
        | X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.InvalidBasicConstraints | X509ChainStatusFlags.Cyclic;

    private const X509ChainStatusFlags RevocationUnknown = X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation;

    // What a peer is told of a time: it has a clock of its own.
    private const string ByItsClock = "by the clock of the node that looked at it";

    private readonly string[] _names = [.. options.PeerNames];

    /// <summary>By which the platform builds the chain of a peer's certificate.</summary>
    /// <param name="material">Of this moment.</param>
    /// <param name="usage">What the peer's certificate must be good for.</param>
    public X509ChainPolicy PolicyFor(TlsMaterial material, string usage) => material.PolicyFor(usage, time.GetUtcNow(), options.RevocationMode);

    /// <summary>Judges a node that has connected.</summary>
    /// <returns><see langword="null"/> when it may come in.</returns>
    public TlsFault? JudgeClient(TlsMaterial material, X509Certificate2? certificate, X509Chain? chain)
    {
        if (certificate is null && !options.RequireClientCertificate)
        {
            return null;
        }

        return ChainFault(material, certificate, chain, KeyUsage.Client) ?? (_names.Length > 0 ? NotAllowed(certificate!) : null);
    }

    /// <summary>Judges a node that was dialled.</summary>
    /// <returns><see langword="null"/> when it is the one that was meant.</returns>
    public TlsFault? JudgeServer(TlsMaterial material, X509Certificate2? certificate, X509Chain? chain, string host) =>
        ChainFault(material, certificate, chain, KeyUsage.Server) ?? (_names.Length > 0 ? NotAllowed(certificate!) : NotMeant(certificate!, host));

    private TlsFault? ChainFault(TlsMaterial material, X509Certificate2? certificate, X509Chain? chain, string usage)
    {
        if (certificate is null || chain is null)
        {
            return new TlsFault(
                "it showed no certificate",
                "Give that node one (RemoteOptions.Tls.CertificatePath and RemoteOptions.Tls.KeyPath there), or let nodes in without "
                + "(RemoteOptions.Tls.RequireClientCertificate = false here).");
        }

        var found = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, one) => all | one.Status);
        var certificates = chain.ChainElements.Select(static element => element.Certificate).ToArray();
        return (found & Untrusted) != 0 ? NotTrusted(material, certificate, certificates)
            : found.HasFlag(X509ChainStatusFlags.NotTimeValid) ? NotNow([certificate, .. certificates])
            : found.HasFlag(X509ChainStatusFlags.Revoked) ? Revoked(certificate)
            : (found & RevocationUnknown) != 0 ? NotKnownIfRevoked(certificate)
            : found.HasFlag(X509ChainStatusFlags.NotValidForUsage) || !IsFor(certificate, usage) ? NotForThis(certificate, usage)
            : found != X509ChainStatusFlags.NoError ? new TlsFault(
                $"the certificate {CertificateText.Of(certificate)} is not valid ({found})", "Make that node a new one.")
            : material.Revoked.Judge(certificates, time.GetUtcNow());
    }

    private static bool IsFor(X509Certificate2 certificate, string usage) => KeyUsage.Allows(certificate, usage) && KeyUsage.MaySign(certificate);

    private static TlsFault NotTrusted(TlsMaterial material, X509Certificate2 certificate, X509Certificate2[] chain)
    {
        if (certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
        {
            return new TlsFault(
                $"the certificate {CertificateText.Of(certificate)} is signed by itself",
                $"Have it signed by an authority whose certificate is in {material.RootsSource}. To believe just this one, add it there.");
        }

        // Where the chain ends, the issuer is missing: of the certificate itself, or of one between.
        var last = chain.Length > 0 ? chain[^1] : certificate;
        return new TlsFault(
            $"the certificate {CertificateText.Of(certificate)} comes from an authority that is not trusted",
            $"Add the certificate of {CertificateText.Issuer(last)} to {material.RootsSource}; if it is there already, another key has signed, or one "
            + "between the two is missing in the file of the peer's certificate.");
    }

    private TlsFault NotNow(X509Certificate2[] chain)
    {
        var now = time.GetUtcNow();
        var wrong = Array.Find(chain, certificate => now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime()) ?? chain[0];
        var isEarly = now < wrong.NotBefore.ToUniversalTime();
        return new TlsFault(
            $"the certificate {CertificateText.Subject(wrong)} (issued by {CertificateText.Issuer(wrong)}) {OwnCertificate.Limit(wrong, now)}, and it is "
            + $"{CertificateText.At(now)} {ByItsClock}",
            isEarly
                ? "Set the clock of this machine right, or that of the machine where the certificate was made; if both are right, wait."
                : "Renew it: the node that uses it takes the new file up by itself. If it should still be valid, set the clock of this machine right.");
    }

    /// <summary>Whether a peer says that this node's certificate is out of its time.</summary>
    /// <param name="reason">What it says.</param>
    public static bool IsOfTime(string reason) => reason.Contains(ByItsClock, StringComparison.Ordinal);

    private static TlsFault Revoked(X509Certificate2 certificate) => new(
        $"the certificate {CertificateText.Of(certificate)} was revoked",
        "If that node should come in, give it a new certificate; if it should not, this is as it should be.");

    private static TlsFault NotKnownIfRevoked(X509Certificate2 certificate) => new(
        $"whether the certificate {CertificateText.Of(certificate)} was revoked could not be found out",
        "Is the authority's list to be had from this machine? RemoteOptions.Tls.RevocationMode = NoCheck does not ask, "
        + "RemoteOptions.Tls.RevocationListPath has the list in a file.");

    private static TlsFault NotForThis(X509Certificate2 certificate, string usage) => new(
        $"the certificate {CertificateText.Of(certificate)} may not be used for this (extended key usage {KeyUsage.NameOf(usage)}, key usage digitalSignature)",
        $"Make it anew with extendedKeyUsage = serverAuth, clientAuth: a node both dials and is dialled.");

    private TlsFault? NotAllowed(X509Certificate2 certificate)
    {
        var names = new CertificateNames(certificate);
        return Array.Exists(_names, names.Match)
            ? null
            : new TlsFault(
                $"the certificate {CertificateText.Of(certificate)} has none of the names that peers may have; its names are: {names}",
                "Add one of them, without its DNS:, IP: or URI:, to RemoteOptions.Tls.PeerNames here "
                + $"(which has {string.Join(", ", _names)}), if that node is a peer.");
    }

    private static TlsFault? NotMeant(X509Certificate2 certificate, string host)
    {
        var (names, dialled) = (new CertificateNames(certificate), PrintableText.Of(host));
        return names.Cover(host)
            ? null
            : new TlsFault(
                names.IsEmpty
                    ? $"the certificate {CertificateText.Of(certificate)} has no subject alternative name, and other names do not count; "
                        + $"'{dialled}' was dialled"
                    : $"the certificate {CertificateText.Of(certificate)} is not for '{dialled}', which was dialled; its names are: {names}",
                $"Make it anew with subjectAltName = {(IPAddress.TryParse(host, out _) ? "IP" : "DNS")}:{dialled}, dial that node by a name that it has, or list its name in "
                + "RemoteOptions.Tls.PeerNames here.");
    }
}
