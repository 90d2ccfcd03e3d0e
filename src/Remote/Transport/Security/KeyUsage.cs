using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>What a certificate may be used for.</summary>
internal static class KeyUsage
{
    public const string Server = "1.3.6.1.5.5.7.3.1";
    public const string Client = "1.3.6.1.5.5.7.3.2";

    private const string Any = "2.5.29.37.0";

    /// <summary>How a usage is called by people.</summary>
    public static string NameOf(string usage) => usage == Server ? "serverAuth" : "clientAuth";

    /// <summary>Whether a certificate may be used so. One that says nothing of it may be used for everything.</summary>
    public static bool Allows(X509Certificate2 certificate, string usage) =>
        certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is not { } extension
        || extension.EnhancedKeyUsages.Cast<Oid>().Any(allowed => allowed.Value == usage || allowed.Value == Any);

    /// <summary>Whether its key may sign, which is all that keys do in TLS 1.3.</summary>
    public static bool MaySign(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is not { } extension
        || extension.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature);
}
