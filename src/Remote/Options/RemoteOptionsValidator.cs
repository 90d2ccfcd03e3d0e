using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace Remote;

/// <summary>Checks the options of a node and reports every fault at once, each with its name and range.</summary>
internal sealed class RemoteOptionsValidator : IValidateOptions<RemoteOptions>
{
    /// <summary>Everything that is wrong with the settings of a node, in one exception.</summary>
    /// <exception cref="RemoteException"><see cref="RemoteError.InvalidConfiguration"/>.</exception>
    public static void ThrowIfInvalid(NodeSettings settings)
    {
        List<string> faults = [.. RemoteConfigRules.Faults(settings), .. Validate(settings.Options)];
        if (faults.Count > 0)
        {
            throw new RemoteException(RemoteError.InvalidConfiguration, "Invalid options: " + string.Join("; ", faults));
        }
    }

    public ValidateOptionsResult Validate(string? name, RemoteOptions options)
    {
        var faults = Validate(options);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    public static List<string> Validate(RemoteOptions options)
    {
        var blocked = options.BlockList.Entries.SelectMany((entry, index) => Blocked(options, entry, $"BlockList.Entries[{index}]"));
        IEnumerable<string?> faults =
        [
            .. Addresses(options), .. Limits(options), .. Times(options), .. Policies(options), .. TlsRules.Faults(options), .. AccessRules.Faults(options),
            .. blocked, .. options.Section.Faults,
        ];
        return [.. faults.OfType<string>()];
    }

    private static IEnumerable<string?> Addresses(RemoteOptions options) =>
    [
        Unless(
            options.UnixSocketPath is not { } path || UnixPath.FaultOf(path) is null,
            $"UnixSocketPath is '{UnixPath.Show(options.UnixSocketPath ?? "")}'; it must be an absolute path of at most {UnixPath.MaxBytes} bytes, "
            + $"and it {UnixPath.FaultOf(options.UnixSocketPath ?? "")}"),
        .. options.Aliases.Select(alias => Unless(
            PeerAddress.IsValid(alias), $"Aliases has '{alias}', and it {AddressFault.Of(alias)}; it must be host:port or unix:///path")),
        .. options.Dialects.Select(entry => Unless(
            Enum.IsDefined(entry.Value), $"Dialects['{entry.Key}'] is {entry.Value}; it must be Auto, StringTargets or PidTargets")),
    ];

    private static IEnumerable<string?> Limits(RemoteOptions options) =>
    [
        InRange(options.MaxMessageBytes, 1024, 1 << 30),
        InRange(options.MaxEndpoints, 1, 1_000_000),
        InRange(options.Endpoint.QueueCapacity, 1, 100_000_000),
        InRange(options.Endpoint.BatchSize, 1, 100_000),
        InRange(options.Endpoint.MaxBatchBytes, 1024, Math.Max(1024, options.MaxMessageBytes)),
        InRange(options.Endpoint.MaxWaiters, 0, 1_000_000),
        InRange(options.Reconnect.MaxAttempts, 0, int.MaxValue),
        InRange(options.Inbound.MaxMessages, 1, int.MaxValue),
        InRange(options.Inbound.MaxBytes, 1024, long.MaxValue),
        InRange(options.Inbound.MaxBytesPerNode, 1024, long.MaxValue),
        InRange(options.Link.MaxRetainedBytes, 1024, long.MaxValue),
        InRange(options.Link.MaxRetainedBatches, 1, 10_000),
        InRange(options.Diagnostics.MaxProcesses, 1, 1_000_000),
        InRange(options.Administration.MaxWatchers, 0, 10_000),
        InRange(options.Administration.EventBuffer, 1, 1_000_000),
        InRange(options.Transport.InitialStreamWindowBytes, 65_535, 16 * 1024 * 1024),
        InRange(options.Transport.InitialConnectionWindowBytes, 65_535, 1 << 30),
        InRange(options.Transport.MaxConnections ?? 1, 1, int.MaxValue),
        InRange(options.Transport.MaxConnectionsPerAddress ?? 1, 1, int.MaxValue),
        InRange(options.Transport.MaxStreamsPerConnection, 1, 10_000),
        InRange(options.Transport.MaxOpensPerSecond, 1, 1_000_000),
        InRange(options.Transport.MaxRequestHeaderBytes, 1024, 1024 * 1024),
        InRange(options.Transport.MaxRequestHeaders, 10, 10_000),
        InRange(options.Inbound.MaxPeers, 1, 1_000_000),
        InRange(options.Inbound.MaxBatchMessages, 1, BatchDecoder.MaxEnvelopes),
        InRange(options.Inbound.MaxTableEntries, 3, BatchDecoder.MaxTableEntries),
        InRange(options.Inbound.MaxPidBytes, 64, 65_536),
        InRange(options.Inbound.MaxTypeNameBytes, 64, 65_536),
        InRange(options.Inbound.MaxHeaderBytes, 1024, 16 * 1024 * 1024),
        InRange(options.Inbound.MaxHeaders, 1, 65_536),
        InRange(options.Link.MaxLinks, 1, 1_000_000),
        InRange(options.Link.MaxLinksPerSystem, 1, 10_000),
        InRange(options.LogThrottle.Count ?? 1, 1, 1_000_000, "LogThrottle.Count"),
        InRange(
            options.BlockList.Entries.Count(entry => entry.Share),
            0,
            PeerBlockList.MaxShared,
            "The number of entries in BlockList.Entries with Share"),
    ];

    private static IEnumerable<string?> Times(RemoteOptions options) =>
    [
        Positive(options.ConnectTimeout),
        Positive(options.HandshakeTimeout),
        Positive(options.RequestTimeout),
        Positive(options.SendTimeout),
        Positive(options.ShutdownTimeout),
        Unless(options.QuarantineDuration >= TimeSpan.Zero, $"QuarantineDuration is {options.QuarantineDuration}; it must not be negative"),
        Positive(options.Heartbeat.Interval),
        Positive(options.Heartbeat.Timeout),
        Check(
            options.Heartbeat.Timeout,
            options.Heartbeat.Timeout >= options.Heartbeat.Interval * 2,
            $"at least twice Heartbeat.Interval ({options.Heartbeat.Interval})"),
        Positive(options.Reconnect.InitialDelay),
        Check(
            options.Reconnect.MaxDelay,
            options.Reconnect.MaxDelay >= options.Reconnect.InitialDelay,
            $"at least Reconnect.InitialDelay ({options.Reconnect.InitialDelay})"),
        Positive(options.Link.Retention),
        Check(
            options.Link.ClientResumeTimeout,
            options.Link.ClientResumeTimeout >= TimeSpan.Zero && options.Link.ClientResumeTimeout <= options.Link.Retention,
            $"zero to Link.Retention ({options.Link.Retention})"),
        Positive(options.Diagnostics.ScanBudget),
        Positive(options.LogThrottle.Interval ?? LogValve.DefaultInterval, "LogThrottle.Interval"),
        PositiveOrNever(options.Endpoint.IdleTimeout),
        AtLeastASecond(options.Transport.KeepAlivePingDelay),
        AtLeastASecond(options.Transport.KeepAlivePingTimeout),
    ];

    // Comparisons of floating-point numbers are written so that NaN is a fault.
    private static IEnumerable<string?> Policies(RemoteOptions options) =>
    [
        Unless(
            options.Backpressure is { Warning: > 0.05, Critical: <= 1 } && options.Backpressure.Warning < options.Backpressure.Critical,
            $"Backpressure.Warning is {options.Backpressure.Warning} and Backpressure.Critical is {options.Backpressure.Critical}; "
            + "it must be 0.05 < Warning < Critical <= 1"),
        Check(options.Reconnect.Multiplier, options.Reconnect.Multiplier is >= 1 and <= 100, "1 to 100"),
        Check(options.Reconnect.Jitter, options.Reconnect.Jitter is >= 0 and <= 1, "0 to 1"),
        Check(options.Reconnect.Outage, Enum.IsDefined(options.Reconnect.Outage), "Buffer or DeadLetter"),
        Check(options.Endpoint.SlowTarget, Enum.IsDefined(options.Endpoint.SlowTarget), "Park, DeadLetter or Wait"),
        Check(options.JsonTypes, Enum.IsDefined(options.JsonTypes), "Application, Registered or Any"),
        Check(options.Endpoint.Overflow, Enum.IsDefined(options.Endpoint.Overflow), "DropNewest, DropOldest or ShedAtCritical"),
    ];

    private static IEnumerable<string?> Blocked(RemoteOptions options, BlockedPeer entry, string name) =>
    [
        Unless(
            string.IsNullOrEmpty(entry.SystemId) != string.IsNullOrEmpty(entry.Address),
            $"{name} has SystemId '{entry.SystemId}' and Address '{entry.Address}'; it must have exactly one of them"),
        Unless(
            entry.SystemId is null || entry.SystemId.Length <= Handshake.MaxIdLength,
            $"{name}.SystemId has {entry.SystemId?.Length} characters; it must be 1 to {Handshake.MaxIdLength}"),
        Unless(
            string.IsNullOrEmpty(entry.Address) || PeerBlockList.IsAddress(entry.Address),
            $"{name}.Address is '{entry.Address}'; it must be host:port, unix:///path or $client/id"),
        Unless(
            entry.Duration is not { } duration || PeerBlockList.IsDuration(duration),
            $"{name}.Duration is {entry.Duration}; it must be more than zero and at most 100 years"),
        Unless(!entry.Share || !string.IsNullOrEmpty(entry.SystemId), $"{name}.Share is set; only a SystemId can be shared"),
        Unless(
            entry.Address is null || !IsAlias(options, entry.Address),
            $"{name}.Address is '{entry.Address}', which is this node; it must be a peer's"),
    ];

    // Both were written by people, who do not know the spelling that tables use.
    private static bool IsAlias(RemoteOptions options, string address) =>
        options.Aliases.Any(alias => PeerAddress.Canonical(alias) == PeerAddress.Canonical(address));

    private static string? InRange(long value, long min, long max, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Check(value, value >= min && value <= max, $"{min} to {max}", name);

    // Timers of the platform take at most 49 days.
    private static string? Positive(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Check(value, value > TimeSpan.Zero && value <= TimeSpan.FromDays(49), "more than zero and at most 49 days", name);

    private static string? PositiveOrNever(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value == Timeout.InfiniteTimeSpan ? null : Positive(value, name);

    private static string? AtLeastASecond(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Check(
            value,
            (value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromDays(49)) || value == Timeout.InfiniteTimeSpan,
            "a second to 49 days, or Timeout.InfiniteTimeSpan for never",
            name);

    private static string? Check<T>(T value, bool isValid, string valid, [CallerArgumentExpression(nameof(value))] string name = "") =>
        Unless(isValid, $"{name.Replace("options.", "", StringComparison.Ordinal)} is {value}; it must be {valid}");

    private static string? Unless(bool isValid, string fault) => isValid ? null : fault;
}
