using System.Collections.Concurrent;

namespace Remote;

/// <summary>The endpoints of a node, by address and by system, and the history of each address. Makes no endpoint. Thread-safe.</summary>
internal sealed class EndpointTable(NodeContext context, PeerBlockList blockList)
{
    // Long enough for a person to look at an endpoint that ended.
    private static readonly TimeSpan KeepAfterClosed = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Endpoint> _endpoints = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, EndpointRecord> _records = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Endpoint> _bySystem = new(StringComparer.Ordinal);
    private readonly Lock _claimGate = new();

    // Over the coming of an endpoint and the going of a record: no endpoint may come with a record that is forgotten.
    private readonly Lock _recordGate = new();
    private readonly PeerTags _tags = new();
    private readonly EndpointSweep _forgetting = new(context.Time);
    private readonly EndpointSweep _makingRoom = new(context.Time);

    public int Count => _endpoints.Count;

    /// <summary>Those that there are, and those that ended a while ago.</summary>
    public IEnumerable<Endpoint> All => _endpoints.Values;

    /// <summary>
    /// Whether there may be one more endpoint. Where there is no room, what is kept only for people to look at makes some. Addresses that
    /// other nodes named never take the last tenth, so that they cannot keep the application from those that it names.
    /// </summary>
    public bool HasRoom(DialOrigin origin)
    {
        var max = context.Options.MaxEndpoints;
        var room = origin == DialOrigin.Program ? max : max - (max / 10);
        if (_endpoints.Count < room)
        {
            return true;
        }

        if (_makingRoom.IsDue())
        {
            MakeRoom();
        }

        return _endpoints.Count < room;
    }

    /// <summary>The history of an address; made at the first request.</summary>
    /// <param name="address">The address.</param>
    /// <param name="origin">Where it came from.</param>
    public EndpointRecord Record(string address, DialOrigin origin = DialOrigin.Program) =>
        _records.GetValueOrDefault(address) ?? _records.GetOrAdd(address, new EndpointRecord(address, _tags.TagOf(address, origin)));

    /// <summary>
    /// The history of a peer that dialled us. Its address is its own claim: nothing is remembered of more addresses than this node may
    /// have endpoints.
    /// </summary>
    public EndpointRecord RecordOf(PeerIdentity peer) =>
        _records.Count < context.Options.MaxEndpoints || _records.ContainsKey(peer.Address)
            ? Record(peer.Address, DialOrigin.Handshake)
            : Unremembered(peer.Address);

    /// <summary>
    /// The statistics of every address, with the values of their tags, and of all addresses that are forgotten, by value. No message is in two of them;
    /// those of an address that is being forgotten may be missing.
    /// </summary>
    public IReadOnlyList<PeerShare> Shares()
    {
        // In this order: what is forgotten in between is missing once, and not there twice.
        List<PeerShare> shares = [.. _tags.Forgotten.Select(static record => new PeerShare(record.Tag, StatisticsOf(record)))];
        shares.AddRange(_records.Values.Select(record =>
            new PeerShare(record.Tag, FindExact(record.Address) is { } endpoint && endpoint.Record == record ? endpoint.Snapshot() : StatisticsOf(record))));
        return shares;
    }

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

    /// <summary>The endpoint that takes the messages for an address, or took them last.</summary>
    public Endpoint? Find(string address) => FindExact(address) is { } endpoint ? Current(endpoint) : null;

    /// <summary>The endpoint of an address, also when it was merged into another one.</summary>
    public Endpoint? FindExact(string address) => _endpoints.GetValueOrDefault(address);

    /// <summary>Who named the address that a peer says it has: whoever named its endpoint, if it has one.</summary>
    public DialOrigin OriginOf(string claimed) => FindExact(claimed)?.Origin ?? DialOrigin.Handshake;

    /// <summary>The endpoint through which a peer that dialled us is reached, if there is one.</summary>
    /// <remarks>Its system id and its address are its own words, and neither is secret: only what goes together counts.</remarks>
    public Endpoint? FindPeer(PeerIdentity peer)
    {
        var own = Find(peer.Address) is { } endpoint && (endpoint.PeerSystemId ?? peer.SystemId) == peer.SystemId ? endpoint : null;
        if (!_bySystem.TryGetValue(peer.SystemId, out var holder) || !holder.MayBe(peer.Address))
        {
            return own;
        }

        // An address that a message named may have answered with words that it had heard: the system's own counts more, where that has answered too.
        return holder.Origin != DialOrigin.Program && own is { HasPeer: true } ? own : Current(holder);
    }

    /// <summary>
    /// The endpoint of a system whose own answer to our dial says that it lives elsewhere than a peer which says to be that system;
    /// <see langword="null"/> when there is none.
    /// </summary>
    public Endpoint? FindContradicting(PeerIdentity peer) =>
        _bySystem.TryGetValue(peer.SystemId, out var holder) && holder.HasPeer && !holder.MayBe(peer.Address) ? holder : null;

    /// <summary>The endpoint that takes the messages for an address. One whose time is over makes room for a new life.</summary>
    public Endpoint? FindOrClear(string address)
    {
        var endpoint = FindExact(address);
        var current = endpoint is null ? null : Current(endpoint);
        if (current is null || !IsReplaceable(current))
        {
            return current;
        }

        Remove(endpoint!);
        endpoint!.ForgetProcess();
        return null;
    }

    /// <summary>
    /// The endpoints that an entry of the block list covers. Messages to a merged address go through another endpoint, which cannot tell
    /// them from its own: it is covered too, and made anew by the next message that may go there.
    /// </summary>
    public IEnumerable<Endpoint> CoveredBy(BlockEntry entry) =>
        _endpoints.Values.Where(endpoint => entry.Covers(endpoint.PeerSystemId, endpoint.Address)).Select(Current);

    /// <summary>Adds an endpoint; <see langword="false"/> when its address has one, or its record was forgotten meanwhile.</summary>
    public bool TryAdd(Endpoint endpoint)
    {
        bool isAdded;
        lock (_recordGate)
        {
            isAdded = !endpoint.Record.IsForgotten && _endpoints.TryAdd(endpoint.Address, endpoint);
        }

        if (isAdded)
        {
            // Configuration may have changed since it was made, and whoever changed it has not seen it.
            endpoint.ChangeLevels(context.Options.Backpressure);
        }

        if (isAdded && endpoint.State != EndpointState.Closed)
        {
            // One that refuses from the start has no life to show.
            var system = context.ActorSystem;
            system.ProcessRegistry.TryAdd(endpoint.ProcessId, new EndpointProcess(system, context.DeadLetters, endpoint));
        }

        return isAdded;
    }

    public void Remove(Endpoint endpoint) => _endpoints.TryRemove(new KeyValuePair<string, Endpoint>(endpoint.Address, endpoint));

    /// <summary>An endpoint reached a system. Another one that has reached it by another address is returned: both become one.</summary>
    public Endpoint? ClaimSystem(string systemId, Endpoint endpoint)
    {
        if (systemId.Length == 0)
        {
            // A peer that gives no name cannot be known again by another address.
            return null;
        }

        using var scope = _claimGate.EnterScope();
        if (_bySystem.TryGetValue(systemId, out var holder) && holder != endpoint && holder.HasPeer)
        {
            if (holder.MayStandFor(endpoint))
            {
                return holder;
            }

            RemoteLog.SystemClaimedTwice(context.Log, endpoint.Address, holder.Address, systemId);
            context.Refusals.Count(Limit.ForeignSystem, context.Log, endpoint.Origin == DialOrigin.Program ? holder.Address : endpoint.Address);
            if (endpoint.Origin != DialOrigin.Program)
            {
                // Nobody can say which of the two lies: each goes on by itself.
                endpoint.HasPeer = true;
                return null;
            }
        }

        // This is set here, or two endpoints that claim at the same moment would each find the other not connected yet.
        endpoint.HasPeer = true;
        _bySystem[systemId] = endpoint;
        return null;
    }

    /// <summary>An endpoint is about to end, and another one of the same address may begin before it has.</summary>
    public void Retired(Endpoint endpoint)
    {
        endpoint.HasPeer = false;
        if (endpoint.PeerSystemId is { } systemId)
        {
            _bySystem.TryRemove(new KeyValuePair<string, Endpoint>(systemId, endpoint));
        }
    }

    /// <summary>An endpoint ended; its name stays taken while it is in quarantine.</summary>
    public void Ended(Endpoint endpoint)
    {
        if (endpoint.PeerSystemId is { } systemId)
        {
            _bySystem.TryRemove(new KeyValuePair<string, Endpoint>(systemId, endpoint));
        }

        Forget();
    }

    /// <summary>A merged endpoint stands for the one that took its messages, while that one lives.</summary>
    private static Endpoint Current(Endpoint endpoint) =>
        endpoint.MovedTo is { State: not EndpointState.Closed } other ? other : endpoint;

    /// <summary>Whether a new life may begin at the address. A peer that is blocked no more has no quarantine to wait for.</summary>
    private bool IsReplaceable(Endpoint endpoint) =>
        endpoint.IsRested
        || endpoint.IsRetired
        || (endpoint is { State: EndpointState.Closed, IsBlockedHere: true }
            && blockList.Find(endpoint.PeerSystemId, endpoint.Address) is null);

    /// <summary>Lets go of endpoints that ended long ago. Many may end at once, and each of them asks for it.</summary>
    private void Forget()
    {
        if (!_forgetting.IsDue())
        {
            return;
        }

        foreach (var endpoint in _endpoints.Values)
        {
            if (endpoint.State == EndpointState.Closed && context.Time.GetElapsedTime(endpoint.Record.ClosedAt) > KeepAfterClosed)
            {
                Forget(endpoint);
            }
        }

        if (_records.Count >= context.Options.MaxEndpoints)
        {
            // Peers that only dialled: nobody can ask for theirs.
            foreach (var record in _records.Values)
            {
                Forget(record);
            }
        }
    }

    /// <summary>Lets go of the half of those that ended, and are not in quarantine, that ended first.</summary>
    private void MakeRoom()
    {
        var ended = _endpoints.Values.Where(static endpoint => endpoint.IsRested).OrderBy(static endpoint => endpoint.Record.ClosedAt).ToList();
        foreach (var endpoint in ended.Take((ended.Count + 1) / 2))
        {
            Forget(endpoint);
        }
    }

    private void Forget(Endpoint endpoint)
    {
        if (_endpoints.TryRemove(new KeyValuePair<string, Endpoint>(endpoint.Address, endpoint)))
        {
            Forget(endpoint.Record);
        }
    }

    /// <summary>Lets go of a record that no endpoint has. What it has counted goes on counting in the metrics of the node.</summary>
    private void Forget(EndpointRecord record)
    {
        lock (_recordGate)
        {
            if (!_endpoints.ContainsKey(record.Address) && _records.TryRemove(new KeyValuePair<string, EndpointRecord>(record.Address, record)))
            {
                record.Bequeath(_tags.HeirOf(record.Tag));
            }
        }
    }

    /// <summary>A record that is forgotten from the start.</summary>
    private EndpointRecord Unremembered(string address)
    {
        var record = new EndpointRecord(address, _tags.TagOf(address, DialOrigin.Handshake));
        record.Bequeath(_tags.HeirOf(record.Tag));
        return record;
    }

    /// <summary>Of an address without an endpoint.</summary>
    private static EndpointStatistics StatisticsOf(EndpointRecord record) =>
        record.Complete(new EndpointLedger(), new EndpointStatistics { Address = record.Address, State = EndpointState.Closed });
}
