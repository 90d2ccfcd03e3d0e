using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Remote.Transport;

/// <summary>TLS on an accepted connection. Kestrel's own needs services that only a host with dependency injection has.</summary>
internal sealed class TlsMiddleware(ConnectionDelegate next, SslServerAuthenticationOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>As in Kestrel.</summary>
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        IDuplexPipe plain = connection.Transport;
        var ssl = new SslStream(new DuplexPipeStream(plain));
        await using (ssl.ConfigureAwait(false))
        {
            if (!await HandshakeAsync(connection, ssl).ConfigureAwait(false))
            {
                return;
            }

            MemoryPool<byte> pool = connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool ?? MemoryPool<byte>.Shared;
            var feature = new Feature(ssl);
            connection.Features.Set<ITlsConnectionFeature>(feature);
            connection.Features.Set<ITlsApplicationProtocolFeature>(feature);
            connection.Transport = new SocketConnection.DuplexPipe(
                // One TLS record is 16 KiB.
                PipeReader.Create(ssl, new StreamPipeReaderOptions(pool, bufferSize: 16 * 1024, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true)),
                PipeWriter.Create(ssl, new StreamPipeWriterOptions(pool, minimumBufferSize: 16 * 1024, leaveOpen: true)));
            try
            {
                await next(connection).ConfigureAwait(false);
            }
            finally
            {
                connection.Transport = plain;
            }
        }
    }

    private async Task<bool> HandshakeAsync(ConnectionContext connection, SslStream ssl)
    {
        using var timeout = new CancellationTokenSource(HandshakeTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, connection.ConnectionClosed);
        try
        {
            await ssl.AuthenticateAsServerAsync(options, linked.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException)
        {
            GrpcServerLog.TlsHandshakeFailed(logger, exception, connection.RemoteEndPoint);
            return false;
        }
    }

    private sealed class Feature(SslStream ssl) : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public X509Certificate2? ClientCertificate { get; set; } =
            ssl.RemoteCertificate as X509Certificate2 ?? (ssl.RemoteCertificate is { } other ? new X509Certificate2(other) : null);

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = ssl.NegotiatedApplicationProtocol.Protocol;

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);
    }
}
