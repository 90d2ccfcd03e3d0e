using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Remote.Cli;

/// <summary>Whether the certificate of the node is good, and for how long.</summary>
internal sealed class CertificateCheck(NodeSession session)
{
    private const string Check = "certificate";

    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    public async Task<Finding> RunAsync()
    {
        var report = new DialReport();
        var options = session.Credentials.Options(session.Address.Host, report);
        using var timeout = new CancellationTokenSource(session.Settings.Timeout, session.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, session.Cancellation);
        try
        {
            await using var secure = new SslStream(await session.Address.DialAsync(report.Step, session.Time, both.Token));
            await secure.AuthenticateAsClientAsync(options, both.Token);
            return Judge(report, secure.RemoteCertificate as X509Certificate2);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or System.Net.Sockets.SocketException or Grpc.Core.RpcException)
        {
            return report.CertificateFault is null
                ? Finding.Problem(Check, $"the TLS handshake fails: {SafeText.Of(exception.Message)}", "The log of the node says why (log ids 2302 and 2303).")
                : Judge(report, null);
        }
        catch (OperationCanceledException) when (!session.Cancellation.IsCancellationRequested)
        {
            return Finding.Problem(Check, "the TLS handshake does not end", "Is the process stuck?");
        }
    }

    private Finding Judge(DialReport report, X509Certificate2? certificate)
    {
        if (report.CertificateFault is { } fault)
        {
            var (what, advice) = (Credentials.InWordsOfTheTool(fault.Reason), Credentials.InWordsOfTheTool(fault.WayOut));
            return session.Settings.IsInsecure
                ? Finding.Warning(Check, $"{what}, and --insecure believes it", advice)
                : Finding.Problem(Check, what, advice);
        }

        var left = certificate?.NotAfter.ToUniversalTime() - session.Time.GetUtcNow().UtcDateTime;
        return left < Soon
            ? Finding.Warning(
                Check, $"{report.Certificate} is good for {Numbers.Span(left.Value)} only", "Renew it: the node takes a new file up while it runs.")
            : Finding.Ok(Check, report.Certificate ?? "good");
    }
}
