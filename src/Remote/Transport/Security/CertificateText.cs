using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>How certificates are named in logs and errors.</summary>
internal static class CertificateText
{
    /// <summary>For example <c>'CN=node1' (issued by 'CN=Shop CA', valid from 2026-01-01 00:00:00Z until 2027-01-01 00:00:00Z)</c>.</summary>
    public static string Of(X509Certificate2 certificate) =>
        $"{Subject(certificate)} (issued by '{Name(certificate.IssuerName)}', valid from {At(certificate.NotBefore)} until {At(certificate.NotAfter)})";

    public static string Subject(X509Certificate2 certificate) => $"'{Name(certificate.SubjectName)}'";

    public static string Issuer(X509Certificate2 certificate) => $"'{Name(certificate.IssuerName)}'";

    public static string At(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);

    /// <param name="local">As certificates have it.</param>
    public static string At(DateTime local) => At(new DateTimeOffset(local.ToUniversalTime(), TimeSpan.Zero));

    private static string Name(X500DistinguishedName name) => name.Name.Length == 0 ? "no name" : PrintableText.Of(name.Name);
}
