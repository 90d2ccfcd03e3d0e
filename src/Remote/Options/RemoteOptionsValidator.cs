using System.Net;

namespace Remote;

/// <summary>Checks the options of a node and reports every fault at once, each with its name and range.</summary>
internal static class RemoteOptionsValidator
{
    public static void ThrowIfInvalid(RemoteOptions options)
    {
        var faults = Validate(options);
        if (faults.Count > 0)
        {
            throw new RemoteException(RemoteError.InvalidConfiguration, "Invalid options: " + string.Join("; ", faults));
        }
    }

    public static List<string> Validate(RemoteOptions options)
    {
        List<string> faults = [];
        Addresses(options, faults);
        InRange(faults, "MaxMessageBytes", options.MaxMessageBytes, 1024, 1 << 30);
        InRange(faults, "MaxEndpoints", options.MaxEndpoints, 1, 1_000_000);
        Positive(faults, "ConnectTimeout", options.ConnectTimeout);
        Positive(faults, "HandshakeTimeout", options.HandshakeTimeout);
        Positive(faults, "RequestTimeout", options.RequestTimeout);
        Positive(faults, "SendTimeout", options.SendTimeout);
        Positive(faults, "ShutdownTimeout", options.ShutdownTimeout);
        if (options.QuarantineDuration < TimeSpan.Zero)
        {
            faults.Add($"QuarantineDuration is {options.QuarantineDuration}; it must not be negative");
        }

        Queues(options, faults);
        Levels(options.Backpressure, faults);
        Positive(faults, "Heartbeat.Interval", options.Heartbeat.Interval);
        Positive(faults, "Heartbeat.Timeout", options.Heartbeat.Timeout);
        if (options.Heartbeat.Timeout < options.Heartbeat.Interval * 2)
        {
            faults.Add($"Heartbeat.Timeout is {options.Heartbeat.Timeout}; it must be at least twice Heartbeat.Interval ({options.Heartbeat.Interval})");
        }

        Schedule(options.Reconnect, faults);
        InRange(faults, "Inbound.MaxMessages", options.Inbound.MaxMessages, 1, int.MaxValue);
        InRange(faults, "Inbound.MaxBytes", options.Inbound.MaxBytes, 1024, long.MaxValue);
        InRange(faults, "Inbound.MaxBytesPerNode", options.Inbound.MaxBytesPerNode, 1024, long.MaxValue);
        InRange(faults, "Link.MaxRetainedBytes", options.Link.MaxRetainedBytes, 1024, long.MaxValue);
        InRange(faults, "Link.MaxRetainedBatches", options.Link.MaxRetainedBatches, 1, 10_000);
        Positive(faults, "Link.Retention", options.Link.Retention);
        Blocked(options, faults);
        if (options.Link.ClientResumeTimeout is { Ticks: < 0 } or { TotalDays: > 49 })
        {
            faults.Add($"Link.ClientResumeTimeout is {options.Link.ClientResumeTimeout}; it must be zero to 49 days");
        }

        InRange(faults, "Diagnostics.MaxProcesses", options.Diagnostics.MaxProcesses, 1, 1_000_000);
        Positive(faults, "Diagnostics.ScanBudget", options.Diagnostics.ScanBudget);
        return faults;
    }

    private static void Addresses(RemoteOptions options, List<string> faults)
    {
        InRange(faults, "Port", options.Port, 0, 65535);
        InRange(faults, "AdvertisedPort", options.AdvertisedPort, 0, 65535);
        if (string.IsNullOrEmpty(options.Host))
        {
            faults.Add("Host is empty; it must be a host name or an IP address");
        }
        else if (options.AdvertisedHost is null && options is { ClientOnly: false, UnixSocketPath: null } && IsWildcard(options.Host))
        {
            faults.Add($"Host {options.Host} listens everywhere and cannot be dialled; set AdvertisedHost to what peers should dial");
        }

        if (options.AdvertisedHost is { } advertised && (advertised.Length == 0 || IsWildcard(advertised)))
        {
            faults.Add($"AdvertisedHost is '{advertised}'; it must be a host that peers can dial");
        }

        if (options.UnixSocketPath is { } path && !Path.IsPathRooted(path))
        {
            faults.Add($"UnixSocketPath is '{path}'; it must be an absolute path");
        }

        if (options.ClientOnly && (options.Port != 0 || options.UnixSocketPath is not null || options.AdvertisedHost is not null || options.AdvertisedPort != 0))
        {
            faults.Add("ClientOnly is set together with Port, UnixSocketPath, AdvertisedHost or AdvertisedPort; a node without a listener has none of these");
        }

        faults.AddRange(options.Aliases.Where(alias => !PeerAddress.IsValid(alias)).Select(alias => $"Aliases has '{alias}'; it must be host:port or unix:///path"));
        faults.AddRange(options.Dialects.Where(entry => !Enum.IsDefined(entry.Value)).Select(entry => $"Dialects['{entry.Key}'] is {entry.Value}; it must be Auto, StringTargets or PidTargets"));
    }

    private static void Blocked(RemoteOptions options, List<string> faults)
    {
        var entries = options.BlockList.Entries;
        for (var i = 0; i < entries.Count; i++)
        {
            var name = $"BlockList.Entries[{i}]";
            faults.AddRange(entries[i].FindFaults(name));
            if (entries[i].Address is { } address && (options.Aliases.Contains(address) || address == PeerAddress.Of(options.AdvertisedHost ?? options.Host, options.AdvertisedPort != 0 ? options.AdvertisedPort : options.Port)))
            {
                faults.Add($"{name}.Address is '{address}', which is this node; it must be a peer's");
            }
        }

        var shared = entries.Count(entry => entry.Share);
        InRange(faults, "The number of entries in BlockList.Entries with Share", shared, 0, BlockList.MaxShared);
    }

    private static void Queues(RemoteOptions options, List<string> faults)
    {
        var endpoint = options.Endpoint;
        InRange(faults, "Endpoint.QueueCapacity", endpoint.QueueCapacity, 1, 100_000_000);
        InRange(faults, "Endpoint.BatchSize", endpoint.BatchSize, 1, 100_000);
        InRange(faults, "Endpoint.MaxBatchBytes", endpoint.MaxBatchBytes, 1024, Math.Max(1024, options.MaxMessageBytes));
        InRange(faults, "Endpoint.MaxWaiters", endpoint.MaxWaiters, 0, 1_000_000);
        if (!Enum.IsDefined(endpoint.SlowTarget))
        {
            faults.Add($"Endpoint.SlowTarget is {endpoint.SlowTarget}; it must be Park, DeadLetter or Wait");
        }

        if (!Enum.IsDefined(endpoint.Overflow))
        {
            faults.Add($"Endpoint.Overflow is {endpoint.Overflow}; it must be DropNewest, DropOldest or ShedAtCritical");
        }
    }

    private static void Levels(BackpressureOptions levels, List<string> faults)
    {
        // Written so that NaN is a fault.
        if (!(levels.Warning > 0.05 && levels.Warning < levels.Critical && levels.Critical <= 1))
        {
            faults.Add($"Backpressure.Warning is {levels.Warning} and Backpressure.Critical is {levels.Critical}; it must be 0.05 < Warning < Critical <= 1");
        }
    }

    private static void Schedule(ReconnectOptions reconnect, List<string> faults)
    {
        Positive(faults, "Reconnect.InitialDelay", reconnect.InitialDelay);
        if (reconnect.MaxDelay < reconnect.InitialDelay)
        {
            faults.Add($"Reconnect.MaxDelay is {reconnect.MaxDelay}; it must be at least Reconnect.InitialDelay ({reconnect.InitialDelay})");
        }

        // Written so that NaN is a fault.
        if (!(reconnect.Multiplier is >= 1 and <= 100))
        {
            faults.Add($"Reconnect.Multiplier is {reconnect.Multiplier}; it must be 1 to 100");
        }

        if (!(reconnect.Jitter is >= 0 and <= 1))
        {
            faults.Add($"Reconnect.Jitter is {reconnect.Jitter}; it must be 0 to 1");
        }

        InRange(faults, "Reconnect.MaxAttempts", reconnect.MaxAttempts, 0, int.MaxValue);
        if (!Enum.IsDefined(reconnect.Outage))
        {
            faults.Add($"Reconnect.Outage is {reconnect.Outage}; it must be Buffer or DeadLetter");
        }
    }

    private static bool IsWildcard(string host) =>
        host is "*" or "+" || (IPAddress.TryParse(host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    private static void InRange(List<string> faults, string name, long value, long min, long max)
    {
        if (value < min || value > max)
        {
            faults.Add($"{name} is {value}; it must be {min} to {max}");
        }
    }

    // Timers of the platform take at most 49 days.
    private static void Positive(List<string> faults, string name, TimeSpan value)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(49))
        {
            faults.Add($"{name} is {value}; it must be more than zero and at most 49 days");
        }
    }
}
