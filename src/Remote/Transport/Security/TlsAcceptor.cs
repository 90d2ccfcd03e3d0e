using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Remote;

/// <summary>
/// TLS on the connections of the node's own listener, in the place of Kestrel's: it takes the certificates as they are at each handshake, and says
/// on both sides why a handshake was refused, which Kestrel logs for debugging only.
/// </summary>
/// <remarks>
/// The certificate of a peer is judged in the handshake, and the connection is given on when nothing was found. A peer that is refused is told so
/// over the connection before it is closed (<see cref="RefusalNote"/>), which is why the platform itself is not asked to refuse it.
/// </remarks>
internal sealed class TlsAcceptor(ConnectionDelegate next, NodeTls tls)
{
    // As large as a record of TLS.
    private const int BufferBytes = 16 * 1024;

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        // 1. Is it TLS at all? A connection that says nothing, as those of probes, is nobody's fault.
        var hello = await FirstBytes.PeekAsync(connection.Transport.Input, connection, HandshakeFailure.FirstBytes).ConfigureAwait(false);
        if (hello.Length == 0)
        {
            return;
        }

        if (!HandshakeFailure.IsTls(hello))
        {
            await RefusePlainAsync(connection, hello).ConfigureAwait(false);
            return;
        }

        await using var stream = new SslStream(new TransportStream(connection.Transport), leaveInnerStreamOpen: true);
        await ServeAsync(connection, stream, hello).ConfigureAwait(false);
    }

    private async Task ServeAsync(ConnectionContext connection, SslStream stream, byte[] hello)
    {
        // 2. The handshake, and what is thought of the peer.
        var material = tls.Current();
        if (await AuthenticateAsync(connection, stream, material, hello).ConfigureAwait(false) is not { } judgement)
        {
            return;
        }

        if (judgement.Fault is { } fault)
        {
            TlsLog.ClientRefused(tls.Log, connection.RemoteEndPoint, fault.Reason, fault.WayOut);
            await TellAsync(connection, stream, fault.Reason).ConfigureAwait(false);
            return;
        }

        // 3. What does the peer think of us? It says so with its first words, if it does not like this node.
        // Waits for bytes with no buffer of its own: a quiet connection holds as little memory as one without TLS.
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true, useZeroByteReads: true));
        var first = await FirstBytes.PeekAsync(input, connection, BufferBytes).ConfigureAwait(false);
        if (first.Length == 0)
        {
            return;
        }

        if (RefusalNote.Read(first, byClient: true) is { } reason)
        {
            TlsLog.RefusedByClient(
                tls.Log, connection.RemoteEndPoint, reason, OwnCertificate.WayOut(material, tls.Source, reason, tls.Time.GetUtcNow()));
            return;
        }

        // 4. HTTP/2.
        var feature = new TlsConnection(stream, material.Generation);
        connection.Features.Set<ITlsConnectionFeature>(feature);
        connection.Features.Set<ITlsApplicationProtocolFeature>(feature);
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: BufferBytes, leaveOpen: true));
        await GiveOnAsync(connection, new SocketConnection.DuplexPipe(input, output)).ConfigureAwait(false);
    }

    /// <returns>What is thought of the peer; <see langword="null"/> when the handshake did not come to its end, which is logged.</returns>
    private async Task<Judgement?> AuthenticateAsync(ConnectionContext connection, SslStream stream, TlsMaterial material, byte[] hello)
    {
        var judgement = new Judgement();
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = material.Context,

            // Asks for one; whether the peer may have none is judged like everything else.
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            AllowRenegotiation = false,

            // A session that is resumed shows no certificate, and would outlive one that was exchanged or revoked.
            AllowTlsResume = false,
            CertificateChainPolicy = tls.Verifier.PolicyFor(material, KeyUsage.Client),
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                judgement.Fault = tls.Verifier.JudgeClient(material, certificate as X509Certificate2, chain);
                return true;
            },
        };
        try
        {
            await stream.AuthenticateAsServerAsync(options, FirstBytes.ClosingOf(connection)).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!IsOurs(exception))
            {
                var fault = HandshakeFailure.AtServer(exception, hello, $"{material.Description}, from {tls.Source}");
                TlsLog.ClientRefused(tls.Log, connection.RemoteEndPoint, fault.Reason, fault.WayOut);
            }

            return null;
        }

        if (judgement.Fault is null && stream.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
        {
            judgement.Fault = new TlsFault("it does not ask for HTTP/2 (ALPN h2)", "Only nodes and clients of gRPC have something to say here.");
        }

        return judgement;
    }

    /// <summary>The web server stops, or was tired of waiting and has said so.</summary>
    private static bool IsOurs(Exception exception) =>
        exception is OperationCanceledException || exception is ConnectionAbortedException || exception.InnerException is ConnectionAbortedException;

    private async Task RefusePlainAsync(ConnectionContext connection, byte[] first)
    {
        const string Reason = "it speaks without TLS, and this port speaks TLS only";
        TlsLog.ClientRefused(tls.Log, connection.RemoteEndPoint, Reason, "If it is a node, set RemoteOptions.Tls there too (options.UseTls).");
        if (first[0] == (byte)'P')
        {
            await TellAsync(connection, new TransportStream(connection.Transport), Reason).ConfigureAwait(false);
        }
    }

    private async Task TellAsync(ConnectionContext connection, Stream stream, string reason)
    {
        try
        {
            await stream.WriteAsync(RefusalNote.Of(reason, byClient: false)).ConfigureAwait(false);
            if (stream is SslStream secure)
            {
                await secure.ShutdownAsync().ConfigureAwait(false);
            }

            await FirstBytes.DrainAsync(connection, tls.Time).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or OperationCanceledException)
        {
            // It did not wait for the answer.
        }
    }

    private async Task GiveOnAsync(ConnectionContext connection, SocketConnection.DuplexPipe secure)
    {
        var plain = connection.Transport;
        connection.Transport = secure;
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            // The web server closes the connection through this one.
            connection.Transport = plain;
            await secure.Input.CompleteAsync().ConfigureAwait(false);
            await secure.Output.CompleteAsync(new ConnectionAbortedException()).ConfigureAwait(false);
        }
    }

    /// <summary>A handshake whose certificate nobody has looked at is refused.</summary>
    private sealed class Judgement
    {
        public TlsFault? Fault { get; set; } = TlsFault.NotJudged;
    }
}
