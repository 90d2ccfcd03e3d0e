using System.Net.Security;
using System.Security.Authentication;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remote.Cli;

/// <summary>What the tool shows to a node, and by what it judges the node: certificates and the shared secret, read once.</summary>
internal sealed class Credentials
{
    private readonly ConnectionSettings _settings;
    private readonly TlsMaterial? _material;
    private readonly PeerVerifier _verifier;

    private Credentials(ConnectionSettings settings, TlsMaterial? material, Metadata headers, TimeProvider time)
    {
        (_settings, _material, Headers) = (settings, material, headers);
        _verifier = new PeerVerifier(settings.Tls, time);
    }

    /// <summary>Sent with every call.</summary>
    public Metadata Headers { get; }

    public bool UseTls => _material is not null;

    public bool IsInsecure => _settings.IsInsecure;

    /// <exception cref="FailureException">A file cannot be used.</exception>
    public static Credentials Read(ConnectionSettings settings, TimeProvider time)
    {
        var headers = new Metadata();
        if (settings.SecretPath is { } path)
        {
            if (SharedSecretFile.FaultOf(path) is { } fault)
            {
                throw new FailureException(Failure.Usage($"The file {path} (--secret-file) {fault}.", "It is the file of Access.SecretFile of the nodes."));
            }

            headers.Add(SharedSecretFile.Header, new SharedSecretFile(path, NullLogger.Instance).ToSend!);
        }

        try
        {
            return new Credentials(settings, settings.UseTls ? new TlsLoader(settings.Tls, given: null).Load(generation: 1) : null, headers, time);
        }
        catch (RemoteException exception)
        {
            throw new FailureException(Failure.Usage(InWordsOfTheTool(exception.Message)), exception);
        }
    }

    /// <summary>For a connection with TLS.</summary>
    /// <param name="host">That was dialled.</param>
    /// <param name="report">Is told what is wrong with the certificate of the node.</param>
    public SslClientAuthenticationOptions Options(string host, DialReport report) => new()
    {
        TargetHost = host,
        ClientCertificateContext = _material!.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http2],
        AllowRenegotiation = false,
        AllowTlsResume = false,
        CertificateChainPolicy = _verifier.PolicyFor(_material, KeyUsage.Server),
        RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            var judged = certificate as System.Security.Cryptography.X509Certificates.X509Certificate2;
            report.Certificate = judged is null ? null : CertificateText.Of(judged);
            report.CertificateFault = _verifier.JudgeServer(_material, judged, chain, host);
            return IsInsecure || report.CertificateFault is null;
        },
    };

    /// <summary>The options of nodes have other names than those of the tool.</summary>
    public static string InWordsOfTheTool(string text) => text
        .Replace("RemoteOptions.Tls.CertificatePath", "--cert", StringComparison.Ordinal)
        .Replace("RemoteOptions.Tls.KeyPath", "--key", StringComparison.Ordinal)
        .Replace("RemoteOptions.Tls.TrustedRootsPath", "--ca", StringComparison.Ordinal)
        .Replace("RemoteOptions.Tls.PeerNames", "--tls-name", StringComparison.Ordinal);
}
