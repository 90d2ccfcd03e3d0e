using System.Security.Authentication;
using System.Security.Cryptography;
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
        new(endpoint, EtcdFailure.TlsFailed, $"the certificates of the options cannot be read: {certificates.Message}", certificates);

    // The outermost cause says that a connection failed, the innermost why.
    private static EtcdCallException Lost(Uri endpoint, RpcException exception, Exception cause)
    {
        var causes = Chain(cause).ToArray();
        var isTls = endpoint.Scheme == Uri.UriSchemeHttps && causes.Any(IsTls);
        var failure = isTls ? EtcdFailure.TlsFailed : EtcdFailure.Unreachable;
        return new EtcdCallException(endpoint, failure, causes[^1].Message, exception);
    }

    // A server that misses a client certificate says so in an alert after the handshake of TLS 1.3, which is a failure of the first read.
    private static bool IsTls(Exception cause) => cause is AuthenticationException or CryptographicException
        || cause.GetType().Name.Contains("Ssl", StringComparison.Ordinal);

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
