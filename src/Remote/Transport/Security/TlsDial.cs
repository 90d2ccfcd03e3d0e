using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>The security of one dial: the handshake with TLS of ours, and what the peer says that turns this node away. Used once.</summary>
/// <param name="address">As it was dialled.</param>
/// <param name="host">Of the address: what the peer's certificate has to name.</param>
/// <param name="tls">Of this node; <see langword="null"/> when it dials without TLS, or with that of <c>RemoteConfig</c>.</param>
/// <param name="log">For what went wrong.</param>
internal sealed class TlsDial(string address, string host, NodeTls? tls, ILogger log)
{
    private const string Prefix = "No TLS connection to";

    private volatile string? _refusal;
    private TlsMaterial? _material;

    /// <summary>Why there is no connection, as whole sentences; <see langword="null"/> when it is not for TLS.</summary>
    public string? Refusal => _refusal;

    /// <summary>The certificate of the peer, once the connection stands.</summary>
    public X509Certificate2? RemoteCertificate { get; private set; }

    /// <summary>Of the certificates that the handshake was done with; 0 without TLS of ours.</summary>
    public int Generation => _material?.Generation ?? 0;

    /// <summary>The reason alone of what is logged already with all that can be done about it; another error stays as it is.</summary>
    /// <param name="error">Of a dial.</param>
    public static string Brief(string error)
    {
        var end = error.IndexOf(". ", StringComparison.Ordinal);
        var begin = error.IndexOf(": ", StringComparison.Ordinal) + 2;
        return error.StartsWith(Prefix, StringComparison.Ordinal) && begin < end ? $"{error[begin..end]}; log id 2302 says what to do" : error;
    }

    /// <summary>Shakes hands over a connection, if there is TLS of ours.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: the peer was refused, or the handshake failed. The connection is closed.</exception>
    public async ValueTask<Stream> SecureAsync(Stream connection, CancellationToken cancellationToken)
    {
        if (tls is null)
        {
            return connection;
        }

        var material = _material = tls.Current();
        var first = new FirstBytesStream(connection);
        var stream = new SslStream(first, leaveInnerStreamOpen: false);
        try
        {
            if (await AuthenticateAsync(stream, material, first, cancellationToken).ConfigureAwait(false) is { } fault)
            {
                await TellAsync(stream, fault.Reason, cancellationToken).ConfigureAwait(false);
                throw Failed(fault);
            }

            RemoteCertificate = CertificateCopy.Of(stream.RemoteCertificate);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Listens to what the peer says first.</summary>
    /// <param name="connection">As HTTP/2 reads it.</param>
    /// <param name="isSecure">Whether it is behind TLS, of ours or of <c>RemoteConfig</c>.</param>
    public Stream Listen(Stream connection, bool isSecure) => new NoteStream(connection, OnRefused, isSecure ? OnEnded : static _ => { });

    /// <returns>What is wrong with the peer; <see langword="null"/> when nothing is.</returns>
    private async Task<TlsFault?> AuthenticateAsync(SslStream stream, TlsMaterial material, FirstBytesStream first, CancellationToken cancellationToken)
    {
        var fault = TlsFault.NotJudged;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificateContext = material.Context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            AllowRenegotiation = false,
            AllowTlsResume = false,
            CertificateChainPolicy = tls!.Verifier.PolicyFor(material, KeyUsage.Server),
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                // The peer is told first, and left then: SecureAsync gives no connection on that has a fault.
                fault = tls.Verifier.JudgeServer(material, certificate as X509Certificate2, chain, host);
                return true;
            },
        };
        try
        {
            await stream.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            var isJudged = fault is not null && fault != TlsFault.NotJudged;
            throw Failed(isJudged ? fault! : HandshakeFailure.AtClient(exception, first.First, Own(material)), exception);
        }

        return fault is null && stream.NegotiatedApplicationProtocol != SslApplicationProtocol.Http2
            ? new TlsFault("it does not offer HTTP/2 (ALPN h2)", "Does something else than a node listen there?")
            : fault;
    }

    private static async Task TellAsync(SslStream stream, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(RefusalNote.Of(reason, byClient: true), cancellationToken).ConfigureAwait(false);
            await stream.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or OperationCanceledException)
        {
            // What it missed is in its own log as a connection that ended.
        }
    }

    private void OnRefused(string reason)
    {
        var wayOut = _material is null
            ? "Set RemoteOptions.Tls of this node (options.UseTls)."
            : OwnCertificate.WayOut(_material, tls!.Source, reason, tls.Time.GetUtcNow());
        Report(new TlsFault($"it turned this node away and says: {reason}", wayOut));
    }

    private void OnEnded(Exception? exception) =>
        Report(HandshakeFailure.RightAfter(exception, _material is null ? "that of RemoteConfig.ChannelOptions" : Own(_material)));

    private RpcException Failed(TlsFault fault, Exception? cause = null) => CallFailure.Of(StatusCode.Unavailable, Report(fault), cause);

    private string Report(TlsFault fault)
    {
        TlsLog.DialFailed(log, address, fault.Reason, fault.WayOut);
        return _refusal = $"{Prefix} {address}: {fault}";
    }

    private string Own(TlsMaterial material) => $"{material.Description}, from {tls!.Source}";
}
