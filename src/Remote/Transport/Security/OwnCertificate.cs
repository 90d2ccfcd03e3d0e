using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>
/// Looks at the certificate of this node as its peers will: what is wrong with it is found where it can be mended, and before the first of them
/// turns the node away. It goes by what is configured here; peers may have it otherwise, so nothing of this is an error.
/// </summary>
internal static class OwnCertificate
{
    /// <summary>Whether the certificate, if there is one, is valid at a time.</summary>
    public static bool IsNow(TlsMaterial material, DateTimeOffset now) =>
        now.UtcDateTime >= material.NotBefore && now.UtcDateTime <= material.NotAfter;

    /// <summary>Everything that a peer may take offence at, as whole sentences.</summary>
    public static IEnumerable<string> Doubts(TlsMaterial material, string source, TlsOptions options, string address, DateTimeOffset now)
    {
        if (material.Certificate is not { } own)
        {
            yield break;
        }

        var which = $"the certificate {CertificateText.Of(own)}, from {source},";
        if (!IsNow(material, now))
        {
            yield return $"{which} {OutOfTime(own, now)}";
        }

        var isListening = !ClientAddress.IsClient(address);
        string[] usages = isListening ? [KeyUsage.Client, KeyUsage.Server] : [KeyUsage.Client];
        foreach (var usage in usages.Where(usage => !KeyUsage.Allows(own, usage)))
        {
            yield return $"{which} may not be used for {KeyUsage.NameOf(usage)}. Make it anew with extendedKeyUsage = serverAuth, clientAuth.";
        }

        var names = new CertificateNames(own);
        if (isListening && options.PeerNames.Count == 0 && !names.Cover(HostOf(address)))
        {
            yield return $"{which} does not name {HostOf(address)}, where they dial it; its names are: {names}. Make it anew with that in subjectAltName, set "
                + "RemoteConfig.AdvertisedHost to a name that it has, or list one of its names in RemoteOptions.Tls.PeerNames of every node.";
        }

        if (material.Roots is not null && !IsTrusted(material, own, now))
        {
            yield return $"{which} comes from none of the authorities that this node itself believes ({material.RootsSource}). Add the certificate of "
                + $"{CertificateText.Issuer(own)} there; if it is there already, one between the two is missing behind the certificate itself.";
        }
    }

    /// <summary>What to do here about a peer that does not accept this node.</summary>
    /// <param name="material">That the peer was shown.</param>
    /// <param name="source">Where the certificate comes from.</param>
    /// <param name="reason">What the peer says.</param>
    /// <param name="now">By the clock of this machine.</param>
    public static string WayOut(TlsMaterial material, string source, string reason, DateTimeOffset now)
    {
        if (material.Certificate is not { } own)
        {
            return "This node shows no certificate: set RemoteOptions.Tls.CertificatePath and RemoteOptions.Tls.KeyPath here.";
        }

        var which = $"The certificate of this node, {CertificateText.Of(own)}, from {source},";
        return !IsNow(material, now) ? $"{which} {OutOfTime(own, now)}"
            : PeerVerifier.IsOfTime(reason)
                ? $"{which} is valid by the clock of this machine, where it is {CertificateText.At(now)}: set the clock right that is wrong, or renew a "
                    + "certificate above this one."
            : $"{which} is what it speaks of: put one there that it accepts, which is taken up by itself, or change what the peer expects, as its own log "
                + "says.";
    }

    /// <summary>Which end of its time a certificate is beyond, as the end of a sentence.</summary>
    public static string Limit(X509Certificate2 own, DateTimeOffset now) => now < own.NotBefore.ToUniversalTime()
        ? $"is not valid before {CertificateText.At(own.NotBefore)}" : $"has expired at {CertificateText.At(own.NotAfter)}";

    private static string OutOfTime(X509Certificate2 own, DateTimeOffset now) =>
        $"{Limit(own, now)}, and it is {CertificateText.At(now)} by the clock of this machine: put a new certificate there, which is taken up by itself, or "
        + "set the clock of this machine right.";

    private static string HostOf(string address) =>
        address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal) ? "localhost" : address[..address.LastIndexOf(':')].Trim('[', ']');

    private static bool IsTrusted(TlsMaterial material, X509Certificate2 own, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = material.PolicyFor(KeyUsage.Client, now, X509RevocationMode.NoCheck) };
        chain.ChainPolicy.ExtraStore.AddRange(material.Context!.IntermediateCertificates.ToArray());
        const X509ChainStatusFlags NoRoot = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid;
        return chain.Build(own) || Array.TrueForAll(chain.ChainStatus, static status => (status.Status & NoRoot) == 0);
    }
}
