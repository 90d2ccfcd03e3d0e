using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>Keeps a certificate beyond the connection that it came with. Apart from what the web server knows of, which a client does not load.</summary>
internal static class CertificateCopy
{
    public static X509Certificate2? Of(X509Certificate? certificate) =>
        certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
}
