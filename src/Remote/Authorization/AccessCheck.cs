using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remote;

/// <summary>
/// What each <see cref="AccessPolicy"/> asks of a caller. It needs no handshake, so that strangers are turned away before a byte of theirs is read.
/// </summary>
internal static class AccessCheck
{
    /// <summary>The check of a policy; <see langword="null"/> for the one that asks nothing.</summary>
    public static Func<RemotePeer, RemotePermission>? Of(AccessOptions options, SharedSecretFile? secret)
    {
        switch (options.Policy)
        {
            case AccessPolicy.LoopbackOnly:
                return static caller => caller.IsLocal
                    ? RemotePermission.Allow
                    : RemotePermission.Deny("only callers on its own machine may connect to this node (Access.Policy is LoopbackOnly)");
            case AccessPolicy.MutualTls:
                var names = new NamePatterns(options.AllowedNames);
                return caller => Judge(caller.Certificate, names);
            case AccessPolicy.SharedSecret:
                return caller => Judge(caller, secret);
            default:
                return null;
        }
    }

    private static RemotePermission Judge(X509Certificate2? certificate, NamePatterns names)
    {
        if (certificate is null)
        {
            return RemotePermission.Deny("no client certificate came with the connection (Access.Policy is MutualTls)");
        }

        try
        {
            var own = CertificateNames.Of(certificate);
            return own.Any(name => names.Match(name, ignoreCase: !name.Contains("://", StringComparison.Ordinal)))
                ? RemotePermission.Allow
                : RemotePermission.Deny($"no name of its certificate ({string.Join(", ", own)}) is among those that this node lets in (Access.AllowedNames)");
        }
        catch (CryptographicException exception)
        {
            return RemotePermission.Deny(exception.Message);
        }
    }

    private static RemotePermission Judge(RemotePeer caller, SharedSecretFile? secret)
    {
        var given = caller.Headers.GetValue(SharedSecretFile.Header);
        return secret?.Accepts(given) == true ? RemotePermission.Allow
            : given is null ? RemotePermission.Deny($"no shared secret came along, as metadata {SharedSecretFile.Header} (Access.Policy is SharedSecret)")
            : RemotePermission.Deny("the shared secret that came along is not that of this node (Access.SecretFile)");
    }
}
