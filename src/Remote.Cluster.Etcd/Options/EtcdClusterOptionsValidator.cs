using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Remote.Cluster.Etcd;

/// <summary>Checks the options of a provider and reports every fault at once, each with its name and range.</summary>
internal static class EtcdClusterOptionsValidator
{
    private const int MaxEndpoints = 100;
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <summary>Everything that is wrong, in one exception.</summary>
    /// <exception cref="EtcdClusterException"><see cref="EtcdFailure.InvalidOptions"/>.</exception>
    public static void ThrowIfInvalid(EtcdClusterOptions options, EtcdClusterHooks hooks)
    {
        var faults = Validate(options, hooks);
        if (faults.Count > 0)
        {
            throw new EtcdClusterException(EtcdFailure.InvalidOptions, "Invalid EtcdClusterOptions: " + string.Join("; ", faults));
        }
    }

    public static List<string> Validate(EtcdClusterOptions options, EtcdClusterHooks hooks)
    {
        IEnumerable<string?> faults =
        [
            .. Endpoints(options),
            .. Times(options),
            .. Users(options),
            .. Tls(options, hooks),
            Check(
                options.KeyPrefix,
                !string.IsNullOrEmpty(options.KeyPrefix) && options.KeyPrefix[^1] != '/' && options.KeyPrefix.Length <= 1000,
                "1 to 1000 characters that do not end with '/'"),
            Check(options.Retry.Jitter, options.Retry.Jitter is >= 0 and <= 1, "0 to 1"),
        ];
        return [.. faults.OfType<string>()];
    }

    private static IEnumerable<string?> Endpoints(EtcdClusterOptions options) =>
    [
        Unless(
            options.Endpoints.Count is >= 1 and <= MaxEndpoints,
            $"Endpoints has {options.Endpoints.Count} entries; it must have 1 to {MaxEndpoints}, each http://host:port or https://host:port"),
        .. options.Endpoints.Select((endpoint, index) => Unless(
            IsEndpoint(endpoint), $"Endpoints[{index}] is '{endpoint}'; it must be http://host:port or https://host:port")),
    ];

    private static bool IsEndpoint(string endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.PathAndQuery == "/" && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0 && uri.Host.Length > 0;

    private static IEnumerable<string?> Times(EtcdClusterOptions options) =>
    [
        Check(
            options.LeaseTimeToLive,
            options.LeaseTimeToLive >= TimeSpan.FromSeconds(1) && options.LeaseTimeToLive <= Hour
                && options.LeaseTimeToLive.Ticks % TimeSpan.TicksPerSecond == 0,
            "1 s to 1 h, in whole seconds"),
        UpToAnHour(options.StartTimeout),
        UpToAnHour(options.BlockSettlingTime),
        Check(
            options.CallTimeout,
            options.CallTimeout > TimeSpan.Zero && options.CallTimeout <= options.LeaseTimeToLive / 2,
            $"more than zero and at most half of LeaseTimeToLive ({options.LeaseTimeToLive})"),
        UpToAnHour(options.Retry.InitialDelay),
        Check(
            options.Retry.MaxDelay,
            options.Retry.MaxDelay >= options.Retry.InitialDelay && options.Retry.MaxDelay <= Hour,
            $"Retry.InitialDelay ({options.Retry.InitialDelay}) to 1 h"),
        Check(
            options.OutageGrace,
            options.OutageGrace >= options.Retry.MaxDelay + options.CallTimeout && options.OutageGrace <= Hour,
            $"Retry.MaxDelay and CallTimeout together ({options.Retry.MaxDelay + options.CallTimeout}) to 1 h"),
    ];

    // The password itself is never said.
    private static IEnumerable<string?> Users(EtcdClusterOptions options) =>
    [
        Unless(
            string.IsNullOrEmpty(options.User) == string.IsNullOrEmpty(options.Password),
            $"User is '{options.User}' and Password is {(string.IsNullOrEmpty(options.Password) ? "not set" : "set")}; both must be set, or neither"),
    ];

    private static IEnumerable<string?> Tls(EtcdClusterOptions options, EtcdClusterHooks hooks)
    {
        var tls = options.Tls;
        var isAsked = tls.RootCertificatesFile ?? tls.ClientCertificateFile ?? tls.ClientKeyFile;
        yield return Unless(
            isAsked is null || options.Endpoints.Any(endpoint => endpoint?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true),
            "Tls is set and no entry of Endpoints begins with https://, so it would not be used");
        yield return Unless(
            (tls.ClientCertificateFile is null) == (tls.ClientKeyFile is null),
            $"Tls.ClientCertificateFile is '{tls.ClientCertificateFile}' and Tls.ClientKeyFile is '{tls.ClientKeyFile}'; both must be set, or neither");
        yield return Unless(
            hooks.ClientCertificate is not { HasPrivateKey: false }, "EtcdClusterHooks.ClientCertificate has no private key; it must have one");

        // They are read when a connection is made; what cannot be read now should not wait until then to be said.
        yield return Readable("Tls.RootCertificatesFile", tls.RootCertificatesFile, () => EtcdCertificates.ReadRoots(tls).Clear());
        if (tls is { ClientCertificateFile: not null, ClientKeyFile: not null })
        {
            yield return Readable("Tls.ClientCertificateFile", tls.ClientCertificateFile, () => EtcdCertificates.ReadClient(tls)?.Dispose());
        }
    }

    private static string? Readable(string name, string? file, Action read)
    {
        try
        {
            if (file is not null)
            {
                read();
            }

            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"{name} is '{file}'; it must be a PEM file that can be read ({exception.Message})";
        }
    }

    private static string? UpToAnHour(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Check(value, value > TimeSpan.Zero && value <= Hour, "more than zero and at most 1 h", name);

    private static string? Check<T>(T value, bool isValid, string valid, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Unless(isValid, $"{name.Replace("options.", "", StringComparison.Ordinal)} is '{value}'; it must be {valid}");

    private static string? Unless(bool isValid, string fault) => isValid ? null : fault;
}
