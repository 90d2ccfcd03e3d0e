using System.Security.Cryptography.X509Certificates;
using Grpc.Core;

namespace Remote;

/// <summary>
/// A certificate may be made for one life of a node: it has the URI <c>remote:</c> and the system id among its names. Then a node that shows it is
/// that one or none.
/// </summary>
internal static class SystemIdClaim
{
    /// <param name="certificate">Of the peer; <see langword="null"/> when it showed none.</param>
    /// <param name="systemId">What the peer says that it is.</param>
    /// <exception cref="RpcException">PERMISSION_DENIED: the certificate was made for another.</exception>
    public static void ThrowIfFalse(X509Certificate2? certificate, string systemId)
    {
        if (certificate is not null && new CertificateNames(certificate).SystemId is { } made && made != systemId)
        {
            throw CallFailure.Of(
                StatusCode.PermissionDenied,
                $"The certificate {CertificateText.Of(certificate)} was made for the system '{PrintableText.Of(made)}', "
                + $"and '{PrintableText.Of(systemId)}' shows it.");
        }
    }
}
