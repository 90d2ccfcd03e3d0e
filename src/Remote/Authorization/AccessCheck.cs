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
                    : RemotePermission.Deny(
                        "only callers over loopback or a Unix socket may connect to the dialled node (its RemoteOptions.Access.Policy is LoopbackOnly)") with
                    {
                        WayOut = "Choose another RemoteOptions.Access.Policy if nodes on other machines are to come in.",
                    };
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
            return RemotePermission.Deny("no client certificate came with the connection (RemoteOptions.Access.Policy of the dialled node is MutualTls)") with
            {
                WayOut = "If it is a node, give it one (RemoteOptions.Tls.CertificatePath and RemoteOptions.Tls.KeyPath there).",
            };
        }

        var names = new CertificateNames(certificate);
        return Array.Exists(allowed, name => name == AccessOptions.AnyName || names.Match(name))
            ? RemotePermission.Allow
            : RemotePermission.Deny(
                $"no name of its certificate ({names}) is among those that the dialled node lets in (its RemoteOptions.Access.AllowedNames)") with
            {
                WayOut = "If it is a node, add one of them, without its DNS:, IP: or URI:, to RemoteOptions.Access.AllowedNames here "
                    + $"(which has {string.Join(", ", allowed)}).",
            };
    }

    private static RemotePermission Judge(RemotePeer caller, SharedSecretFile? secret)
    {
        var given = caller.Headers.GetValue(SharedSecretFile.Header);
        return secret?.Accepts(given) == true ? RemotePermission.Allow
            : RemotePermission.Deny(given is null
                ? $"no shared secret came along, as metadata {SharedSecretFile.Header} (RemoteOptions.Access.Policy of the dialled node is SharedSecret)"
                : "the shared secret that came along is none of those that the dialled node takes (its RemoteOptions.Access.SecretFile)") with
            {
                WayOut = "If it is a node, give it RemoteOptions.Access.Policy SharedSecret and a RemoteOptions.Access.SecretFile whose first line "
                    + $"is a line of {secret?.Path} (RemoteOptions.Access.SecretFile here).",
            };
    }
}
