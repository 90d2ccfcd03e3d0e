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
                    : RemotePermission.Deny("only callers over loopback or a Unix socket may connect to this node (Access.Policy is LoopbackOnly)");
            case AccessPolicy.MutualTls:
                string[] allowed = [.. options.AllowedNames];
                return caller => Judge(caller.Certificate, allowed);
            case AccessPolicy.SharedSecret:
                return caller => Judge(caller, secret);
            default:
                return null;
        }
    }

    private static RemotePermission Judge(X509Certificate2? certificate, string[] allowed)
    {
        if (certificate is null)
        {
            return RemotePermission.Deny("no client certificate came with the connection (Access.Policy is MutualTls)");
        }

        var names = new CertificateNames(certificate);
        return Array.Exists(allowed, name => name == AccessOptions.AnyName || names.Match(name))
            ? RemotePermission.Allow
            : RemotePermission.Deny($"no name of its certificate ({names}) is among those that this node lets in (Access.AllowedNames)");
    }

    private static RemotePermission Judge(RemotePeer caller, SharedSecretFile? secret)
    {
        var given = caller.Headers.GetValue(SharedSecretFile.Header);
        return secret?.Accepts(given) == true ? RemotePermission.Allow
            : given is null ? RemotePermission.Deny($"no shared secret came along, as metadata {SharedSecretFile.Header} (Access.Policy is SharedSecret)")
            : RemotePermission.Deny("the shared secret that came along is not that of this node (Access.SecretFile)");
    }
}
