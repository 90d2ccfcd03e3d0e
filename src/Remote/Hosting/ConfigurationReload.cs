using Microsoft.Extensions.Options;
using Proto.Remote;

namespace Remote;

/// <summary>
/// Compares what configuration says with what a running node has. What can change while it runs changes; of what cannot the log says once that the node
/// has to be restarted; and of values that are not valid none is taken. Thread-safe.
/// </summary>
internal sealed class ConfigurationReload(ReliableRemote remote, IOptionsFactory<RemoteOptions> factory)
{
    /// <summary>
    /// Options that are read wherever they are used, so that a change counts from the next time on. <see cref="BlockListOptions.Entries"/>, which
    /// can change too, are no plain value.
    /// </summary>
    internal static readonly IReadOnlySet<string> Changeable = new HashSet<string>(StringComparer.Ordinal)
    {
        "SendTimeout", "RequestTimeout", "QuarantineDuration", "Backpressure.Warning", "Backpressure.Critical", "BlockList.TrustPeers",
        "Diagnostics.MaxProcesses", "Diagnostics.ScanBudget", "LogThrottle.Count", "LogThrottle.Interval", "Reconnect.InitialDelay",
        "Reconnect.Multiplier", "Reconnect.MaxDelay", "Reconnect.Jitter", "Reconnect.MaxAttempts", "Reconnect.Outage",
    };

    private readonly Lock _gate = new();
    private string _toldRestart = "";
    private string _toldFaults = "";

    /// <summary>Looks at configuration. Files tell of one change more than once; what was said already is not said again.</summary>
    public void Look()
    {
        lock (_gate)
        {
            var (fresh, faults) = Read();
            if (fresh is not null)
            {
                faults = Take(fresh);
            }

            if (faults.Length > 0 && faults != _toldFaults)
            {
                RemoteLog.ReloadRefused(remote.Log, faults);
            }

            _toldFaults = faults;
        }
    }

    /// <summary>The options that a node would start with now, or what is wrong with them.</summary>
    private (RemoteOptions? Fresh, string Faults) Read()
    {
        try
        {
            var fresh = factory.Create(Options.DefaultName);
            var faults = NodeStart.Faults(ConfigOf(fresh.Section), fresh, remote is ReliableClientRemote);
            return faults.Any() ? (null, string.Join("; ", faults)) : (fresh, "");
        }
        catch (OptionsValidationException exception)
        {
            return (null, string.Join("; ", exception.Failures));
        }
        catch (Exception exception)
        {
            // The application's own code sets options too; and whoever tells of a change cannot bear an exception.
            return (null, $"{exception.GetType().Name}: {exception.Message}");
        }
    }

    private RemoteConfig ConfigOf(RemoteSection section)
    {
        var running = remote.Config;
        return section.ApplyTo(RemoteConfig.BindTo(section.Host ?? running.Host, section.Port ?? running.Port) with
        {
            AdvertisedHost = running.AdvertisedHost,
            AdvertisedPort = running.AdvertisedPort,
            UseHttps = running.UseHttps,
            RemoteDiagnostics = running.RemoteDiagnostics,
            WaitAfterEndpointTerminationTimeSpan = running.WaitAfterEndpointTerminationTimeSpan,
            EndpointWriterOptions = running.EndpointWriterOptions,
            ConfigureKestrel = running.ConfigureKestrel,
        });
    }

    /// <returns>What could not be taken.</returns>
    private string Take(RemoteOptions fresh)
    {
        var live = remote.Options;
        List<string> changed = [], restart = [], refused = [];
        foreach (var (old, new_) in OptionNames.All(live, live.Section).Zip(OptionNames.All(fresh, fresh.Section)))
        {
            var (value, wanted) = (old.Property.GetValue(old.Owner), new_.Property.GetValue(new_.Owner));
            if (old.Property.PropertyType == typeof(IList<BlockedPeer>) || OptionText.AreSame(value, wanted))
            {
                continue;
            }

            var isChangeable = Changeable.Contains(old.Name);
            (isChangeable ? changed : restart).Add($"{old.Name} from {OptionText.Show(old.Name, value)} to {OptionText.Show(old.Name, wanted)}");
            if (isChangeable)
            {
                old.Property.SetValue(old.Owner, wanted);
            }
        }

        BlockListChange.Apply(remote.PeerBlockList, live.BlockList, fresh.BlockList, changed, refused);
        if (changed.Count > 0)
        {
            Spread(live);
            RemoteLog.ConfigurationChanged(remote.Log, string.Join("; ", changed));
        }

        SayRestart(string.Join("; ", restart));
        return string.Join("; ", refused);
    }

    /// <summary>Tells those that keep a value of their own.</summary>
    private void Spread(RemoteOptions live)
    {
        remote.Log.Limits.Change(live.LogThrottle);
        foreach (var endpoint in remote.Parts.Table.All)
        {
            endpoint.ChangeLevels(live.Backpressure);
        }
    }

    private void SayRestart(string restart)
    {
        if (restart.Length > 0 && restart != _toldRestart)
        {
            RemoteLog.RestartNeeded(remote.Log, restart);
        }

        _toldRestart = restart;
    }
}
