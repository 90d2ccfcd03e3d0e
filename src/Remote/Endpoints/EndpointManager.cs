using System.Collections.Concurrent;
using Remote.Actors;

namespace Remote;

/// <summary>
/// Owns the endpoints of a node: one per peer. Resolves PIDs with foreign addresses to the process of their endpoint.
/// </summary>
/// <remarks>Thread-safe. There is no global lock: an endpoint's own mailbox decides which thread dials.</remarks>
internal sealed partial class EndpointManager(RemoteNode node) : IProcessResolver
{
    // Peers whose dialect is remembered; far more than a node has peers, and small enough for a hostile one to fill.
    private const int MaxDialects = 10_000;

    // Addresses that have a line in the log because nothing can be sent there.
    private const int MaxComplaints = 1_000;

    // Long enough for a person to look at an endpoint that ended.
    private static readonly TimeSpan KeepAfterClosed = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Endpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Endpoint, EndpointDialler> _diallers = new();
    private readonly ConcurrentDictionary<string, EndpointRecord> _records = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Endpoint> _bySystem = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _pidDialects = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _complaints = new(StringComparer.Ordinal);
    private readonly Lock _claimGate = new();
    private readonly StoppedNodeProcess _afterwards = new(node);
    private volatile bool _stopping;

    /// <summary>Whether this node shuts down: no new endpoint begins.</summary>
    public bool IsStopping => _stopping;

    /// <summary>The history of an address; made at the first request.</summary>
    public EndpointRecord Record(string address) => _records.GetOrAdd(address, static address => new EndpointRecord(address));

    /// <summary>
    /// The history of a peer that dialled us. Its address is its own claim, so no more addresses are remembered than this node may have
    /// endpoints.
    /// </summary>
    public EndpointRecord RecordOf(PeerIdentity peer) =>
        _records.Count < node.Options.MaxEndpoints || _records.ContainsKey(peer.Address) ? Record(peer.Address) : new EndpointRecord(peer.Address);

    /// <summary>The statistics of every address that has an endpoint or had one a while ago.</summary>
    public IReadOnlyList<EndpointStatistics> Snapshot()
    {
        Forget();
        return [.. _endpoints.Values.Select(static endpoint => endpoint.Snapshot())];
    }

    /// <summary>The statistics of one address; <see langword="null"/> when it never had an endpoint, or long ago.</summary>
    public EndpointStatistics? Snapshot(string address)
    {
        Forget();
        return _endpoints.TryGetValue(address, out var endpoint) ? endpoint.Snapshot() : null;
    }

    public IProcess? Resolve(PID pid)
    {
        var address = pid.Address;
        if (node.IsOwnAddress(address))
        {
            // The portable form of a client's actor, as this node wrote it or a person copied it from elsewhere.
            return ClientAddress.TrySplit(pid.Id, out var client, out _)
                ? FindOrRefuse(client)?.Process
                : node.ActorSystem.Processes.Find(pid.Id);
        }

        return (ClientAddress.IsClient(address) ? FindOrRefuse(address) : GetOrAdd(address)) is { } endpoint
            ? endpoint.Process
            : _stopping ? _afterwards : null;
    }

    public Endpoint? Find(string address) => _endpoints.TryGetValue(address, out var endpoint) ? Current(endpoint) : null;

    /// <summary>The endpoint through which a peer that dialled us is reached, if there is one.</summary>
    public Endpoint? FindPeer(PeerIdentity peer) =>
        _bySystem.TryGetValue(peer.SystemId, out var endpoint) ? Current(endpoint) : Find(peer.Address);

    /// <summary>The endpoint of a peer with a listener; <see langword="null"/> when it cannot have one.</summary>
    public Endpoint? GetOrAdd(string address)
    {
        while (true)
        {
            if (node.BlockList.FindTarget(address) is not null && Refusing(address) is { } refusing)
            {
                return refusing;
            }

            if (_endpoints.TryGetValue(address, out var existing))
            {
                var current = Current(existing);
                if (!current.IsReplaceable)
                {
                    return current;
                }

                _endpoints.TryRemove(new KeyValuePair<string, Endpoint>(address, existing));
            }
            else if (_stopping)
            {
                return null;
            }
            else if (!PeerAddress.IsValid(address))
            {
                if (IsFirstComplaint(address))
                {
                    RemoteLog.AddressRefused(node.Log, address);
                }

                return null;
            }
            else if (_endpoints.Count >= node.Options.MaxEndpoints)
            {
                if (IsFirstComplaint(address))
                {
                    RemoteLog.TooManyEndpoints(node.Log, address, node.Options.MaxEndpoints);
                }

                return null;
            }
            else
            {
                // A peer that is declared plain sees nothing of links.
                var resumes = node.Options.Link.Resume && !node.Options.PlainPeers.Contains(address);
                TryAdd(new Endpoint(node, Record(address), StartDialling, resumes));
            }
        }
    }

    /// <summary>Registers the endpoint of a client; <see langword="false"/> while a client of the same id is connected.</summary>
    public bool TryAddClient(Endpoint endpoint)
    {
        if (_endpoints.TryGetValue(endpoint.Address, out var former) && former.IsReplaceable)
        {
            _endpoints.TryRemove(new KeyValuePair<string, Endpoint>(endpoint.Address, former));
        }

        return TryAdd(endpoint);
    }

    /// <summary>An endpoint ended; its name stays taken while it is in quarantine.</summary>
    public void Ended(Endpoint endpoint)
    {
        _diallers.TryRemove(endpoint, out _);
        if (endpoint.PeerSystemId is { } systemId)
        {
            _bySystem.TryRemove(new KeyValuePair<string, Endpoint>(systemId, endpoint));
        }

        Forget();
    }

    /// <summary>
    /// Says that an endpoint reached a system. When another one has reached the same system by another address, that one is returned: both
    /// become one.
    /// </summary>
    public Endpoint? ClaimSystem(string systemId, Endpoint endpoint)
    {
        if (systemId.Length == 0)
        {
            // A peer that gives no name cannot be known again by another address.
            return null;
        }

        lock (_claimGate)
        {
            if (_bySystem.TryGetValue(systemId, out var holder) && holder != endpoint && holder.HasPeer)
            {
                return holder;
            }

            // Set under the lock, or of two that claim at the same moment each would find the other not connected yet.
            endpoint.HasPeer = true;
            _bySystem[systemId] = endpoint;
            return null;
        }
    }

    /// <summary>Whether targets are written as PIDs towards a peer.</summary>
    public bool DialectOf(string address, string systemId)
    {
        var configured = node.Options.Dialects.TryGetValue(address, out var dialect) ? dialect : WireDialect.Auto;
        return configured == WireDialect.Auto
            ? _pidDialects.TryGetValue(systemId, out var pidTargets) && pidTargets
            : configured == WireDialect.PidTargets;
    }

    /// <summary>A peer wrote its targets in a dialect: it is answered in the same, while it lives.</summary>
    public void SawDialect(PeerIdentity peer, bool pidTargets)
    {
        if (_pidDialects.Count < MaxDialects || _pidDialects.ContainsKey(peer.SystemId))
        {
            _pidDialects[peer.SystemId] = pidTargets;
        }

        if (FindPeer(peer) is { } endpoint && endpoint.PeerSystemId == peer.SystemId)
        {
            endpoint.UseDialect(DialectOf(endpoint.Address, peer.SystemId));
        }
    }

    /// <summary>Ends all diallers: drains their lanes and leaves each peer.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        foreach (var dialler in _diallers.Values)
        {
            dialler.RequestStop(EndpointTerminatedReason.Shutdown);
        }

        await Task.WhenAll(_diallers.Values.Select(dialler => dialler.Ended)).ConfigureAwait(false);
    }

    /// <summary>Whether an address has no line in the log yet: one is enough for all messages to it.</summary>
    private bool IsFirstComplaint(string address) => _complaints.Count < MaxComplaints && _complaints.TryAdd(address, true);

    /// <summary>Forgets endpoints that ended long ago.</summary>
    private void Forget()
    {
        foreach (var (address, endpoint) in _endpoints)
        {
            if (endpoint.State == EndpointState.Closed && node.Time.GetElapsedTime(endpoint.Record.ClosedAt) > KeepAfterClosed
                && _endpoints.TryRemove(new KeyValuePair<string, Endpoint>(address, endpoint)))
            {
                _records.TryRemove(new KeyValuePair<string, EndpointRecord>(address, endpoint.Record));
            }
        }
    }

    private bool TryAdd(Endpoint endpoint)
    {
        if (!_endpoints.TryAdd(endpoint.Address, endpoint))
        {
            return false;
        }

        node.ActorSystem.Processes.TryAdd(endpoint.Pid.Id, new EndpointProcess(node, endpoint), out _);
        return true;
    }

    private static Endpoint Current(Endpoint endpoint)
    {
        // A merged endpoint stands for the one that took its messages, while that one lives.
        return endpoint.MovedTo is { State: not EndpointState.Closed } other ? other : endpoint;
    }

    private void StartDialling(Endpoint endpoint)
    {
        var dialler = new EndpointDialler(node, endpoint);
        _diallers[endpoint] = dialler;
        if (_stopping)
        {
            dialler.RequestStop(EndpointTerminatedReason.Shutdown);
        }

        dialler.Start();
    }
}
