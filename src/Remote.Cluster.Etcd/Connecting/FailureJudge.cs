using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;

namespace Remote.Cluster.Etcd;

/// <summary>What the end of a call to etcd means. gRPC's status says little of it: etcd refuses a password as INVALID_ARGUMENT.</summary>
internal static class FailureJudge
{
    /// <summary>The words of etcd (api/v3rpc/rpctypes) that mean something other than their status does.</summary>
    private static readonly (string Words, EtcdFailure Failure)[] KnownWords =
    [
        ("authentication failed", EtcdFailure.UserRefused),
        ("user name is empty", EtcdFailure.UserMissing),
        ("user name not found", EtcdFailure.UserRefused),
        ("permission denied", EtcdFailure.PermissionDenied),
    ];

    public static EtcdCallException Judge(Uri endpoint, RpcException exception)
    {
        var status = exception.Status;
        if (status.DebugException is { } cause)
        {
            return Lost(endpoint, exception, cause);
        }

        var known = KnownWords.FirstOrDefault(entry => status.Detail.Contains(entry.Words, StringComparison.Ordinal));
        var failure = known.Words is not null ? known.Failure : status.StatusCode switch
        {
            StatusCode.Unavailable => EtcdFailure.Unavailable,
            StatusCode.PermissionDenied => EtcdFailure.PermissionDenied,
            StatusCode.DeadlineExceeded => EtcdFailure.NoAnswer,
            _ => EtcdFailure.Refused,
        };
        return new EtcdCallException(endpoint, failure, $"{status.Detail} ({status.StatusCode})", exception);
    }

    /// <summary>Certificates that cannot be read when the connection is made.</summary>
    public static EtcdCallException Judge(Uri endpoint, Exception certificates) =>
        new(endpoint, EtcdFailure.TlsFailed, $"the certificates of the options cannot be read: {certificates.Message}", certificates)
        {
            IsFinal = true,
        };

    /// <summary>A write that went into the HTTP/2 stream of a lost connection: it says so in its own way, and not in gRPC's.</summary>
    public static EtcdCallException Broken(Uri endpoint, Exception exception) => Lost(endpoint, exception, exception);

    // The outermost cause says that a connection failed, the innermost why; that something was disposed of is only the trace of it.
    private static EtcdCallException Lost(Uri endpoint, Exception exception, Exception cause)
    {
        var causes = Chain(cause).ToArray();
        var isTls = endpoint.Scheme == Uri.UriSchemeHttps && (causes.Any(IsHandshake) || !causes.Any(IsBelowTls));
        var failure = isTls ? EtcdFailure.TlsFailed : EtcdFailure.Unreachable;
        var why = causes.Last(inner => inner is not ObjectDisposedException || inner == cause);

        // A handshake may also end because etcd does; a certificate that was looked at and refused stays refused.
        return new EtcdCallException(endpoint, failure, why.Message, exception) { IsFinal = causes.Any(inner => inner is AuthenticationException) };
    }

    // With https all that goes wrong above the socket is put down to TLS. A server that misses a client certificate ends the connection after the
    // handshake of TLS 1.3, and depending on who is faster that is an alert, an end, or an HTTP/2 connection that was never finished.
    private static bool IsBelowTls(Exception cause) => cause is SocketException;

    // A server that speaks no TLS ends the connection at the first bytes of it. When it closes before it has read them all, the socket says so.
    private static bool IsHandshake(Exception cause) => cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
