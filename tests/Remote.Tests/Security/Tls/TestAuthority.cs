using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remote.Tests;

/// <summary>What a certificate of a test is like; without changes it is a good one for a node on loopback.</summary>
internal sealed record CertificateWish
{
    public string Name { get; init; } = "node";

    public string[] Hosts { get; init; } = ["localhost"];

    public IPAddress[] Addresses { get; init; } = [IPAddress.Loopback];

    public string[] Uris { get; init; } = [];

    public DateTimeOffset From { get; init; } = TestAuthority.Begin;

    public DateTimeOffset Until { get; init; } = TestAuthority.End;

    /// <summary>The extended key usages; none leaves the extension out.</summary>
    public string[] Usages { get; init; } = [KeyUsage.Server, KeyUsage.Client];

    public X509KeyUsageFlags KeyUsages { get; init; } = X509KeyUsageFlags.DigitalSignature;

    public CertificateRequest ToRequest(ECDsa key)
    {
        var request = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        Array.ForEach(Hosts, names.AddDnsName);
        Array.ForEach(Addresses, names.AddIpAddress);
        Array.ForEach(Uris, uri => names.AddUri(new Uri(uri)));
        if (Hosts.Length + Addresses.Length + Uris.Length > 0)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        if (Usages.Length > 0)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. Usages.Select(usage => new Oid(usage))], critical: false));
        }

        request.CertificateExtensions.Add(new X509KeyUsageExtension(KeyUsages, critical: true));
        return request;
    }
}

/// <summary>A certificate authority of a test: issues certificates, revokes them, and has others below it.</summary>
internal sealed class TestAuthority
{
    public static readonly DateTimeOffset Begin = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset End = new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestAuthority(string name = "authority", TestAuthority? above = null)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Certificate = above is null ? request.CreateSelfSigned(Begin, End) : Sign(request, above).CopyWithPrivateKey(_key);
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>What believes in this authority and no other.</summary>
    public X509Certificate2Collection Roots => [Certificate];

    public static X509Certificate2 SelfSigned(CertificateWish? wish = null)
    {
        wish ??= new CertificateWish();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return wish.ToRequest(key).CreateSelfSigned(wish.From, wish.Until);
    }

    public X509Certificate2 Issue(CertificateWish? wish = null)
    {
        wish ??= new CertificateWish();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Sign(wish.ToRequest(key), this, wish.From, wish.Until);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>A list of revoked certificates, as PEM.</summary>
    public string Revoke(DateTimeOffset nextUpdate, params X509Certificate2[] certificates) => Revoke(nextUpdate, Begin, certificates);

    /// <inheritdoc cref="Revoke(DateTimeOffset, X509Certificate2[])"/>
    public string Revoke(DateTimeOffset nextUpdate, DateTimeOffset issued, params X509Certificate2[] certificates)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var certificate in certificates)
        {
            list.AddEntry(certificate);
        }

        var encoded = list.Build(Certificate, BigInteger.One, nextUpdate, HashAlgorithmName.SHA256, thisUpdate: issued);
        return PemEncoding.WriteString("X509 CRL", encoded);
    }

    public static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static X509Certificate2 Sign(CertificateRequest request, TestAuthority issuer, DateTimeOffset? from = null, DateTimeOffset? until = null) =>
        request.Create(
            issuer.Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer._key), from ?? Begin, until ?? End, RandomNumberGenerator.GetBytes(8));
}
