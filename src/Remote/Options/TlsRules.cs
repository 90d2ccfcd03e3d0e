using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Proto.Remote;

namespace Remote;

/// <summary>What is wrong with the options of TLS, each with its name and what is right. Whatever is set switches TLS on or is a fault.</summary>
internal static class TlsRules
{
    /// <summary>Whether a node with these options speaks TLS.</summary>
    public static bool IsOn(RemoteOptions options) =>
        options.Hooks.TlsIdentity is not null || options.Tls is { CertificatePath: not null } or { StoreSubject: not null } or { TrustedRootsPath: not null };

    /// <summary>Whether it has a certificate to show.</summary>
    public static bool HasCertificate(RemoteOptions options) =>
        options.Hooks.TlsIdentity is not null || options.Tls is { CertificatePath: not null } or { StoreSubject: not null };

    public static IEnumerable<string?> Faults(RemoteOptions options)
    {
        var tls = options.Tls;
        yield return Unless(
            new[] { options.Hooks.TlsIdentity is not null, tls.CertificatePath is not null, tls.StoreSubject is not null }.Count(static one => one) <= 1,
            "RemoteOptions.Tls has more than one certificate: set one of RemoteOptions.Tls.CertificatePath, RemoteOptions.Tls.StoreSubject and "
            + "RemoteOptions.Hooks.TlsIdentity");
        yield return Unless(
            tls.CertificatePath is not null || (tls.KeyPath is null && tls.KeyPassword is null),
            "RemoteOptions.Tls.KeyPath or RemoteOptions.Tls.KeyPassword is set without RemoteOptions.Tls.CertificatePath; set that too");
        foreach (var (name, path) in Paths(tls))
        {
            yield return Unless(path is null || path.Length > 0, $"{name} is empty; it must be a path, or null");
        }

        yield return Unless(
            IsOn(options)
                || tls is { PeerNames.Count: 0, RevocationListPath: null, RequireClientCertificate: true, RevocationMode: X509RevocationMode.NoCheck },
            "RemoteOptions.Tls has settings, and neither a certificate nor roots, so that the node would speak without TLS: set "
            + "RemoteOptions.Tls.CertificatePath, RemoteOptions.Tls.StoreSubject or RemoteOptions.Hooks.TlsIdentity (a node without a listener may do with "
            + "RemoteOptions.Tls.TrustedRootsPath)");
        yield return Unless(
            Enum.IsDefined(tls.RevocationMode), $"RemoteOptions.Tls.RevocationMode is {tls.RevocationMode}; it must be NoCheck, Online or Offline");
        yield return Unless(Enum.IsDefined(tls.StoreName), $"RemoteOptions.Tls.StoreName is {tls.StoreName}; it must be one of StoreName");
        yield return Unless(
            Enum.IsDefined(tls.StoreLocation), $"RemoteOptions.Tls.StoreLocation is {tls.StoreLocation}; it must be CurrentUser or LocalMachine");
        yield return Unless(
            tls.ReloadInterval == Timeout.InfiniteTimeSpan || (tls.ReloadInterval >= TimeSpan.FromSeconds(1) && tls.ReloadInterval <= TimeSpan.FromDays(49)),
            $"RemoteOptions.Tls.ReloadInterval is {tls.ReloadInterval}; it must be a second to 49 days, or Timeout.InfiniteTimeSpan for never");
        for (var i = 0; i < tls.PeerNames.Count; i++)
        {
            yield return Unless(
                CertificateNames.IsName(tls.PeerNames[i]),
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"RemoteOptions.Tls.PeerNames[{i}] is '{tls.PeerNames[i]}'; it must be a host name, *.domain, an IP address, or a URI"));
        }
    }

    /// <summary>What of Proto.Remote's config cannot be had together with TLS of ours.</summary>
    public static IEnumerable<string?> Faults(RemoteConfig config, RemoteOptions options)
    {
        if (!IsOn(options) || config.ChannelOptions is not { } channel)
        {
            yield break;
        }

        yield return Unless(
            channel is { HttpHandler: null, HttpClient: null },
            "RemoteConfig.ChannelOptions has a HttpHandler or HttpClient, and RemoteOptions.Tls is set: the handler would do TLS by rules of its own; "
            + "leave one of the two out");
        yield return Unless(
            !ReferenceEquals(channel.Credentials, ChannelCredentials.Insecure),
            "RemoteConfig.ChannelOptions.Credentials is ChannelCredentials.Insecure, and RemoteOptions.Tls is set; leave one of the two out");
    }

    /// <exception cref="RemoteException">A node that listens has no certificate.</exception>
    public static void ThrowIfCannotListen(RemoteOptions options)
    {
        if (IsOn(options) && !HasCertificate(options))
        {
            throw new RemoteException(
                RemoteError.InvalidConfiguration,
                "Invalid options: RemoteOptions.Tls.TrustedRootsPath is set and no certificate, which a node that listens needs; set "
                + "RemoteOptions.Tls.CertificatePath and RemoteOptions.Tls.KeyPath");
        }
    }

    private static IEnumerable<(string Name, string? Path)> Paths(TlsOptions tls) =>
    [
        ("RemoteOptions.Tls.CertificatePath", tls.CertificatePath),
        ("RemoteOptions.Tls.KeyPath", tls.KeyPath),
        ("RemoteOptions.Tls.StoreSubject", tls.StoreSubject),
        ("RemoteOptions.Tls.TrustedRootsPath", tls.TrustedRootsPath),
        ("RemoteOptions.Tls.RevocationListPath", tls.RevocationListPath),
    ];

    private static string? Unless(bool isValid, string fault) => isValid ? null : fault;
}
