using System.Globalization;
using Microsoft.Extensions.Logging;
using Proto.Remote;

namespace Remote;

/// <summary>What the values of Proto.Remote's <see cref="RemoteConfig"/> mean for a node of ours.</summary>
/// <remarks>
/// A value that equals Proto.Remote's default cannot be told from one that was never set: then ours applies. Our own options go first where
/// they were changed. What has no meaning here is refused by name and never ignored in silence.
/// </remarks>
internal static class RemoteConfigRules
{
    private static readonly RemoteConfig Defaults = RemoteConfig.BindToLocalhost();

    /// <summary>Takes those values over into our options that both know.</summary>
    public static void Complete(RemoteConfig config, RemoteOptions options)
    {
        var (writer, default_) = (config.EndpointWriterOptions, Defaults.EndpointWriterOptions);
        var ours = new RemoteOptions();
        if (writer.EndpointWriterBatchSize != default_.EndpointWriterBatchSize && options.Endpoint.BatchSize == ours.Endpoint.BatchSize)
        {
            options.Endpoint.BatchSize = writer.EndpointWriterBatchSize;
        }

        if (writer.MaxRetries != default_.MaxRetries && writer.MaxRetries > 0 && options.Reconnect.MaxAttempts == ours.Reconnect.MaxAttempts)
        {
            options.Reconnect.MaxAttempts = writer.MaxRetries;
        }

        if (writer.RetryBackOff != default_.RetryBackOff && options.Reconnect.InitialDelay == ours.Reconnect.InitialDelay)
        {
            options.Reconnect.InitialDelay = writer.RetryBackOff;
            options.Reconnect.MaxDelay = TimeSpan.FromTicks(Math.Max(writer.RetryBackOff.Ticks, options.Reconnect.MaxDelay.Ticks));
        }

        if (config.WaitAfterEndpointTerminationTimeSpan != Defaults.WaitAfterEndpointTerminationTimeSpan
            && options.QuarantineDuration == ours.QuarantineDuration)
        {
            // Without one Proto.Remote does not wait.
            options.QuarantineDuration = config.WaitAfterEndpointTerminationTimeSpan ?? TimeSpan.Zero;
        }

        if (config.RemoteDiagnostics)
        {
            options.Diagnostics.Enabled ??= true;
        }
    }

    /// <summary>How loud the log is about a message that cannot be read.</summary>
    public static LogLevel UnreadableLevel(RemoteConfig config) =>
        config.DeserializationErrorLogLevel == Defaults.DeserializationErrorLogLevel ? LogLevel.Warning : config.DeserializationErrorLogLevel;

    /// <summary>What is wrong with them, each with its name and what is right.</summary>
    public static IEnumerable<string> Faults(NodeSettings settings) => Faults(settings.Config, settings.Options, settings.IsClient);

    /// <inheritdoc cref="Faults(NodeSettings)"/>
    public static IEnumerable<string> Faults(RemoteConfig config, RemoteOptions options, bool isClient)
    {
        IEnumerable<string?> faults = isClient ? ClientFaults(options) : AddressFaults(config, options);
        return [.. faults.Concat(Meaningless(config)).Concat(TlsRules.Faults(config, options)).OfType<string>(), .. OwnEntries(config, options)];
    }

    private static IEnumerable<string?> AddressFaults(RemoteConfig config, RemoteOptions options)
    {
        var listensHere = options.UnixSocketPath is null;
        yield return Unless(!string.IsNullOrEmpty(config.Host), "RemoteConfig.Host is empty; it must be a host name or an IP address");
        yield return Unless(config.Port is >= 0 and <= 65535, $"RemoteConfig.Port is {config.Port}; it must be 0 to 65535");
        yield return Unless(
            config.AdvertisedPort is null or (>= 0 and <= 65535), $"RemoteConfig.AdvertisedPort is {config.AdvertisedPort}; it must be 0 to 65535");
        yield return Unless(
            !listensHere || config.AdvertisedHost is not null || !PeerAddress.IsWildcard(config.Host ?? ""),
            $"RemoteConfig.Host {config.Host} listens everywhere and cannot be dialled; set AdvertisedHost to what peers should dial");
        if (listensHere && config.Host is { Length: > 0 } host && !PeerAddress.IsWildcard(host.Trim('[', ']'))
            && PeerAddress.FaultOfHost(host, nameof(config.Port)) is { } hostFault)
        {
            yield return $"RemoteConfig.Host '{host}' {hostFault}; it must be a host name or an IP address of this machine";
        }

        if (config.AdvertisedHost is { } advertised && PeerAddress.FaultOfHost(advertised) is { } fault)
        {
            yield return $"RemoteConfig.AdvertisedHost '{advertised}' {fault}; it must be a host that peers can dial, such as node1.example.com";
        }
    }

    private static IEnumerable<string?> ClientFaults(RemoteOptions options) =>
        [Unless(options.UnixSocketPath is null, "UnixSocketPath is set for a node without a listener, which has none")];

    private static IEnumerable<string?> Meaningless(RemoteConfig config) =>
    [
        Unless(
            config.EndpointWriterOptions.RetryTimeSpan == Defaults.EndpointWriterOptions.RetryTimeSpan,
            "RemoteConfig.EndpointWriterOptions.RetryTimeSpan has no meaning here: attempts are counted until one succeeds "
            + "(RemoteOptions.Reconnect)"),
        Unless(
            config.EndpointWriterOptions.MaxRetries > 0,
            $"RemoteConfig.EndpointWriterOptions.MaxRetries is {config.EndpointWriterOptions.MaxRetries}; it must be 1 or more "
            + "(RemoteOptions.Reconnect.MaxAttempts = 0 is for ever)"),
        .. ChannelRules.Faults(config.ChannelOptions ?? Defaults.ChannelOptions, Defaults.ChannelOptions),
        .. ChannelRules.Faults(config.CallOptions),
    ];

    private static IEnumerable<string> OwnEntries(RemoteConfig config, RemoteOptions options)
    {
        var port = config.AdvertisedPort is > 0 and var advertised ? advertised : config.Port;
        var own = PeerAddress.Canonical(PeerAddress.Of(config.AdvertisedHost ?? config.Host ?? "", port));
        return options.BlockList.Entries
            .Select((entry, index) => (entry.Address, Index: index.ToString(CultureInfo.InvariantCulture)))
            .Where(entry => PeerAddress.Canonical(entry.Address ?? "") == own)
            .Select(entry => $"BlockList.Entries[{entry.Index}].Address is '{entry.Address}', which is this node; it must be a peer's");
    }

    private static string? Unless(bool isValid, string fault) => isValid ? null : fault;
}
