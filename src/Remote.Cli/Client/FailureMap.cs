using System.Net.Sockets;
using Grpc.Core;

namespace Remote.Cli;

/// <summary>The one place that turns what went wrong with a call into a sentence, an advice and an exit code. Pure.</summary>
internal static class FailureMap
{
    private const string NoGrpc = "Bad gRPC response.";

    public static Failure Of(Exception exception, TargetAddress address, ConnectionSettings settings, DialReport report) =>
        OfConnection(exception, address, settings, report)
        ?? (exception is RpcException call ? OfStatus(call.Status, address, settings)
            : Failure.Failed($"{address}: {SafeText.Of(exception.Message)}", Doctor(address)));

    /// <summary>What has to do with the way to the node and not with what it says; <see langword="null"/> when the node has answered.</summary>
    private static Failure? OfConnection(Exception exception, TargetAddress address, ConnectionSettings settings, DialReport report)
    {
        if (report.Refusal is { } refusal)
        {
            return !settings.UseTls && refusal.Contains("TLS", StringComparison.Ordinal)
                ? Failure.Unreachable($"{address} speaks TLS, and was dialled without: {SafeText.Of(refusal)}.", "Add --tls, or --ca FILE with the authority of the nodes.")
                : settings.UseTls && refusal.Contains("without TLS", StringComparison.Ordinal)
                    ? Failure.Unreachable($"{address} does not speak TLS, and was dialled with it.", "Leave the options of TLS out.")
                    : Failure.Refused(
                        $"{address} turned this caller away and says: {SafeText.Of(refusal)}.",
                        settings.CertificatePath is null ? "Show a certificate that it believes: --cert FILE --key FILE."
                            : $"The certificate that it saw is that of {settings.CertificatePath} (--cert).");
        }

        if (report.CertificateFault is { } fault && !settings.IsInsecure)
        {
            return Failure.Refused(
                $"The certificate of {address} is refused: {Credentials.InWordsOfTheTool(fault.Reason)}.", Credentials.InWordsOfTheTool(fault.WayOut));
        }

        if (!report.IsConnected)
        {
            return report.Error is { } error ? OfDial(error, address)
                : IsTimeout(exception) ? Failure.Unreachable(
                    $"{address} did not take the connection within {settings.Timeout.TotalSeconds:0.###} s: {report.Step.Text}.",
                    "Is the machine on, and does no firewall swallow the packets? --timeout SECONDS waits longer.")
                : null;
        }

        var cause = exception is RpcException call ? call.Status.DebugException : exception;
        return Chain(cause).OfType<HttpRequestException>().FirstOrDefault() is { } http ? OfHttp(http, address, settings) : null;
    }

    private static Failure? OfHttp(HttpRequestException http, TargetAddress address, ConnectionSettings settings) => http.HttpRequestError switch
    {
        HttpRequestError.SecureConnectionError => Failure.Unreachable(
            $"No TLS connection to {address}: {SafeText.Of(Innermost(http).Message.TrimEnd('.'))}.",
            $"Does it speak TLS at all? {Doctor(address)}"),
        HttpRequestError.HttpProtocolError or HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError => NoHttp2(address, settings),
        HttpRequestError.ConnectionError when http.InnerException is IOException => NoHttp2(address, settings),
        HttpRequestError.ResponseEnded => Failure.Unreachable($"{address} closed the connection.", $"Has it ended, or does it turn this machine away? {Doctor(address)}"),
        _ => Failure.Unreachable($"{address} is not to be reached: {SafeText.Of(Innermost(http).Message.TrimEnd('.'))}.", Doctor(address)),
    };

    private static Failure NoHttp2(TargetAddress address, ConnectionSettings settings) => Failure.Unreachable(
        $"{address} accepts connections and does not speak gRPC {(settings.UseTls ? "over TLS" : "without TLS")}.",
        $"Is it the port of the node, and {(settings.UseTls ? "does it speak TLS" : "does it want TLS (--tls, --ca FILE)")}? {Doctor(address)}");

    /// <summary>There was no connection at all.</summary>
    private static Failure OfDial(Exception error, TargetAddress address)
    {
        var codes = Chain(error).OfType<SocketException>().Select(static socket => socket.SocketErrorCode).ToArray();
        var detail = SafeText.Of(error is RpcException call ? call.Status.Detail : error.Message);
        return codes.Any(static code => code is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain) || detail.Contains("has no address", StringComparison.Ordinal)
                ? NoSuchName(address)
            : codes.Contains(SocketError.AccessDenied) ? Failure.Refused(
                $"This user may not connect to {address}.", "The socket belongs to the user of the node: run the tool as that user.")
            : address.IsUnix && !File.Exists(address.Path) ? Failure.Unreachable(
                $"There is no socket at {address.Path}.", "Does the node run, and is RemoteOptions.UnixSocketPath this path?")
            : codes.Contains(SocketError.ConnectionRefused) || detail.Contains(nameof(SocketError.ConnectionRefused), StringComparison.Ordinal) ? Closed(address)
            : Failure.Unreachable($"{address} is not to be reached: {detail.TrimEnd('.')}.", "Is the machine on, and is there a way to it from here?");
    }

    private static Failure Closed(TargetAddress address) => Failure.Unreachable(
        $"Nothing listens on {address}: the connection was refused.",
        address.IsUnix ? "The socket is there and its node has ended: start the node." : "Does the node run, and is this its port? Its start logs the address.");

    private static Failure NoSuchName(TargetAddress address) => Failure.Unreachable(
        $"The name {address.Host} has no address here.", "Is it spelled right, and does this machine ask the right DNS server?");

    private static Failure OfStatus(Status status, TargetAddress address, ConnectionSettings settings)
    {
        var detail = SafeText.Of(status.Detail);
        if (status.Detail.StartsWith(NoGrpc, StringComparison.Ordinal))
        {
            // A policy of the application refuses in the words of HTTP, before there is gRPC.
            return status.StatusCode is StatusCode.PermissionDenied or StatusCode.Unauthenticated ? Failure.Refused(
                $"The web server of {address} does not let this caller in: {detail}",
                "Its application asks for more than this tool can show (MapRemote().RequireAuthorization): let it in there, or give the node a listener of its own.")
            : Failure.Unreachable(
                $"{address} speaks HTTP/2, but not gRPC: {detail}", "Is it another web server, or an application without app.MapRemote()?");
        }

        return status.StatusCode switch
        {
            StatusCode.PermissionDenied or StatusCode.Unauthenticated => Failure.Refused($"{address} does not allow it. {detail}", RefusedAdvice(detail, settings)),
            StatusCode.Unimplemented => Failure.Unsupported(
                $"{address} has no administration service: it is no Remote node, or an old one.", "Nodes of Proto.Remote answer ping, and those on .NET ps."),
            StatusCode.FailedPrecondition => Failure.Unsupported(
                $"{address}: {detail}", $"Ask a member, whose actor system has WithCluster or AddProtoCluster; remote endpoints {address} shows the peers of this one."),
            StatusCode.NotFound => Failure.NotFound($"{address}: {detail}", $"remote ps {address} shows what is there."),
            StatusCode.InvalidArgument => Failure.Usage($"{address} says: {detail}"),
            StatusCode.DeadlineExceeded => Failure.Unreachable(
                $"{address} took the connection and did not answer within {settings.Timeout.TotalSeconds:0.###} s.",
                "Is the process stuck, or is it no gRPC server? --timeout SECONDS waits longer."),
            StatusCode.ResourceExhausted => Failure.Failed($"{address} has a limit that is reached: {detail}", "Wait, or raise the limit that it names."),
            StatusCode.Unavailable => Failure.Unreachable($"{address} is not to be reached: {detail}", Doctor(address)),
            StatusCode.Cancelled => Failure.Unreachable($"{address} has closed the connection. {detail}", "Has it ended, or does it turn this machine away?"),
            _ => Failure.Failed($"{address} answered {status.StatusCode}: {detail}", Doctor(address)),
        };
    }

    private static string RefusedAdvice(string detail, ConnectionSettings settings) =>
        detail.Contains("Access.SecretFile", StringComparison.Ordinal) || detail.Contains("SharedSecret", StringComparison.Ordinal)
            ? settings.SecretPath is null ? "Add --secret-file FILE, the file of the nodes." : $"{settings.SecretPath} (--secret-file) has another secret than the node."
        : detail.Contains("block list", StringComparison.Ordinal) || detail.Contains("blocked", StringComparison.Ordinal)
            ? "It has blocked this machine: remote unblock, on its own machine."
        : detail.Contains("Administration", StringComparison.Ordinal) || detail.Contains("Diagnostics", StringComparison.Ordinal)
            ? "Run the tool on the machine of the node, or set the option that it names there."
        : detail.Contains("MutualTls", StringComparison.Ordinal) || detail.Contains("AllowedNames", StringComparison.Ordinal)
            ? "Show a certificate with a name that it lets in: --cert FILE --key FILE."
        : "Its log says who was refused and why (log ids 2332 and 2333).";

    private static string Doctor(TargetAddress address) => $"remote doctor {address} looks closer.";

    private static bool IsTimeout(Exception exception) =>
        Chain(exception).Any(static one => one is TimeoutException or OperationCanceledException or RpcException { StatusCode: StatusCode.DeadlineExceeded });

    private static Exception Innermost(Exception exception) => Chain(exception).Last();

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException ?? (exception as RpcException)?.Status.DebugException)
        {
            yield return exception;
        }
    }
}
