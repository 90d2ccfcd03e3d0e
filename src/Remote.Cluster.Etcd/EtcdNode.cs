using Microsoft.Extensions.Logging;
using Proto.Diagnostics;

namespace Remote.Cluster.Etcd;

/// <summary>Makes the parts of one member or client and starts and stops them; knows nothing of Proto.Cluster. Thread-safe.</summary>
internal sealed class EtcdNode
{
    private readonly string _clusterName;
    private readonly MemberRecord? _self;
    private readonly ILogger _log;
    private readonly TopologyPublisher _publisher;
    private readonly ClusterView _view;
    private readonly EtcdMembership _membership;
    private readonly Lock _lock = new();
    private Task _start = Task.CompletedTask;
    private Task? _stop;

    public EtcdNode(
        string clusterName,
        MemberRecord? self,
        EtcdClusterOptions options,
        EtcdClusterHooks hooks,
        Action<IReadOnlyList<MemberRecord>> handOver,
        Func<IReadOnlySet<string>?> blockedMembers,
        Action<string> leave,
        ILogger log)
    {
        _clusterName = clusterName;
        _self = self;
        _log = log;
        var time = hooks.TimeProvider ?? TimeProvider.System;
        var keys = new MemberKeys(options.KeyPrefix, clusterName);
        if (self is not null && MemberRecordFormat.Fault(keys.Of(self), self, keys) is { } fault)
        {
            throw new EtcdClusterException(
                EtcdFailure.InvalidOptions,
                $"{self.Address} cannot be a member of '{clusterName}', because {fault}. Members need remoting with a host and a port that the others can "
                + "dial (RemoteConfig.AdvertisedHost, AdvertisedPort); one without a listener can be a client (StartClientAsync).");
        }

        _publisher = new TopologyPublisher(handOver, log);

        // Renewed every third, so nobody's lease runs out in a silence of less than two thirds; an ordinary pause between two answers is a third.
        var silence = new EtcdSilence(time, threshold: options.LeaseTimeToLive / 2, options.OutageGrace);
        _view = new ClusterView(new MemberSet(self, self is null ? null : keys.Of(self)), silence, keys, _publisher, log);
        _membership = new EtcdMembership(
            options,
            new EtcdConnector(options, hooks, time, log),
            new RetryBackoff(options.Retry, hooks.Random ?? new Random()),
            self is null ? null : new Registration(self, keys, options.LeaseTimeToLive, log),
            _view,
            keys,
            blockedMembers,
            leave,
            time,
            log);
    }

    public IReadOnlyList<MemberRecord> Members => _view.Members;

    public Uri? Endpoint => _membership.Endpoint;

    public long Lease => _membership.Lease;

    public long Revision => _view.Revision;

    /// <summary>Completes when the first list of members has been handed over.</summary>
    public Task StartAsync()
    {
        lock (_lock)
        {
            return _start = StartCoreAsync();
        }
    }

    /// <summary>The first call decides whether it is graceful; later ones get the same task.</summary>
    public Task StopAsync(bool graceful)
    {
        lock (_lock)
        {
            return _stop ??= Task.Run(() => StopCoreAsync(graceful));
        }
    }

    /// <summary>To be called when whom this member blocks has changed; without it that is noticed with the next renewal.</summary>
    public void BlocksChanged() => _view.Changes.Set();

    public DiagnosticsEntry[] Diagnostics() =>
    [
        new("Etcd", $"Endpoint: {Endpoint?.ToString() ?? "none"}; lease: {Lease:x}; revision: {Revision}", null),
        new("Etcd", "Members", Members),
    ];

    private async Task StartCoreAsync()
    {
        _publisher.Start();
        try
        {
            await _membership.StartAsync(_clusterName).ConfigureAwait(false);
        }
        catch
        {
            // What a start that failed may have left behind goes with it; the failure itself is what the caller should see.
            await _membership.StopAsync(graceful: true).ConfigureAwait(false);
            _publisher.Stop();
            throw;
        }

        await _publisher.First.ConfigureAwait(false);
    }

    private async Task StopCoreAsync(bool graceful)
    {
        _publisher.Stop();
        try
        {
            await _membership.CancelAsync().ConfigureAwait(false);
            await _start.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _membership.StopAsync(graceful).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // A shutdown has more to do than this, and the lease runs out by itself.
            EtcdLog.LoopFailed(_log, exception);
        }

        EtcdLog.Stopped(_log, _self?.Id ?? "A client");
    }
}
