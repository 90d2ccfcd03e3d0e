using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Remote;

/// <summary>What the web server, and whoever authorizes, may know of TLS on an accepted connection.</summary>
internal sealed class TlsConnection : ITlsConnectionFeature, ITlsApplicationProtocolFeature
{
    public TlsConnection(SslStream tls, int generation)
    {
        // A copy, because the stream's own goes with the stream.
        ClientCertificate = CertificateCopy.Of(tls.RemoteCertificate);
        Generation = generation;
    }

    /// <summary>Of the certificates that the handshake was done with.</summary>
    public int Generation { get; }

    public X509Certificate2? ClientCertificate { get; set; }

    public ReadOnlyMemory<byte> ApplicationProtocol => SslApplicationProtocol.Http2.Protocol;

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
}
