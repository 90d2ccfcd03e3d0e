using System.Net;
using System.Runtime.CompilerServices;

namespace Remote;

/// <summary>
/// The peers that this node has nothing to do with. A blocked peer is told so in the handshake, its connections in both directions are
/// cut at once, nothing of it is delivered any more, and messages to it become dead letters <c>Blocked</c>.
/// </summary>
/// <remarks>
/// <para>A peer is blocked by its system id or by its address. The id names one life of one process: a restarted one is not blocked any
/// more, at any address. An address is the one that peers dial or that a node says it has (<c>$client/id</c> for a node without a
/// listener): every node that lives there is blocked, but a node that is known by two addresses is still reached by the other.</para>
/// <para>The list is the memory of this node: it is not kept over a restart, other than <see cref="BlockListOptions.Entries"/>.
/// Thread-safe.</para>
/// </remarks>
public sealed class PeerBlockList
{
    /// <summary>How many entries may come from the lists of other nodes; further ones are left out.</summary>
    public const int MaxAdvised = 10_000;

    /// <summary>How many entries may be shared: each makes every handshake longer.</summary>
    public const int MaxShared = 1_000;

    // Timers take at most 49 days, and an entry may last for years; and a timer that is early must not spin.
    private static readonly TimeSpan LookAgain = TimeSpan.FromDays(1);
    private static readonly TimeSpan AtLeast = TimeSpan.FromMilliseconds(1);

    private readonly NodeSettings _settings;
    private readonly BlockTable _table = new(MaxAdvised);
    private readonly Lock _arming = new();
    private readonly ITimer _expiry;

    internal PeerBlockList(NodeSettings settings)
    {
        _settings = settings;
        _expiry = Detached.Timer(settings.Time, static list => ((PeerBlockList)list!).Expire(), this);
    }

    /// <summary>
    /// Raised with an entry whose peer was not blocked before, once it counts and its event is published: connections that end by it end
    /// later, and are understood.
    /// </summary>
    internal event Action<BlockEntry>? Blocked;

    /// <summary>Raised with an entry that counts no more.</summary>
    internal event Action<BlockEntry>? Unblocked;

    /// <summary>All entries, the oldest first.</summary>
    public IReadOnlyList<BlockEntry> Entries => _table.Entries;

    internal int Version => _table.Version;

    internal IReadOnlyList<string> Shared => _table.Shared;

    /// <summary>Blocks one life of a node, by its system id (Proto.Actor: member id). Blocking it again changes the entry.</summary>
    /// <param name="systemId">The id, 1 to 256 characters; <see cref="EndpointStatistics.SystemId"/> has those of known peers.</param>
    /// <param name="reason">The reason, for logs, events and <see cref="Entries"/>. Peers are not told.</param>
    /// <param name="duration">The time until the entry ends by itself, up to 100 years. Default <see langword="null"/>: never.</param>
    /// <param name="share">
    /// Whether every node that this one dials is told. Default <see langword="false"/>: a Proto.Actor node adds what it is told to its
    /// own list for ever and spreads it further, and <see cref="UnblockSystem"/> does not take that back.
    /// </param>
    /// <returns>Whether it was not blocked before.</returns>
    /// <exception cref="ArgumentException">The id is empty, too long, or that of this node.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The duration is not more than zero, or too long.</exception>
    /// <exception cref="InvalidOperationException"><see cref="MaxShared"/> entries are shared already.</exception>
    public bool BlockSystem(string systemId, string reason = "", TimeSpan? duration = null, bool share = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(systemId);
        if (systemId.Length > Handshake.MaxIdLength || systemId == _settings.ActorSystem.Id)
        {
            throw new ArgumentException(
                $"A system id has at most {Handshake.MaxIdLength} characters and is not that of this node.", nameof(systemId));
        }

        if (share && _table.FindSystem(systemId) is not { Entry.Share: true } && Shared.Count >= MaxShared)
        {
            throw new InvalidOperationException($"{MaxShared} entries are shared already.");
        }

        return Block(Entry(systemId, null, reason, duration, share));
    }

    /// <summary>Blocks every node that lives at an address, now and later. Blocking it again changes the entry.</summary>
    /// <param name="address"><c>host:port</c> or <c>unix:///path</c> as it is dialled or advertised, or <c>$client/id</c>.</param>
    /// <param name="reason">The reason, for logs, events and <see cref="Entries"/>. Peers are not told.</param>
    /// <param name="duration">The time until the entry ends by itself, up to 100 years. Default <see langword="null"/>: never.</param>
    /// <returns>Whether it was not blocked before.</returns>
    /// <exception cref="ArgumentException">It is no address, or this node's own.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The duration is not more than zero, or too long.</exception>
    public bool BlockAddress(string address, string reason = "", TimeSpan? duration = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        address = PeerAddress.Canonical(address);
        if (!IsAddress(address) || IsOwn(address))
        {
            var fault = ClientAddress.IsClient(address) ? null : AddressFault.Of(address);
            throw new ArgumentException(
                $"'{address}' must be host:port, unix:///path or $client/id, and not this node's own address{(fault is null ? "" : $"; it {fault}")}.", nameof(address));
        }

        return Block(Entry(null, address, reason, duration, share: false));
    }

    /// <summary>
    /// Lets a node come again that was blocked by its id. On this side nothing of the block remains; a peer that was told tries again by
    /// itself or by its next message.
    /// </summary>
    /// <param name="systemId">The id.</param>
    /// <returns>Whether it was blocked.</returns>
    public bool UnblockSystem(string systemId) => Removed(_table.Remove(NotEmpty(systemId), null));

    /// <summary>Lets nodes come again from an address that was blocked. See <see cref="UnblockSystem"/>.</summary>
    /// <param name="address">The address.</param>
    /// <returns>Whether it was blocked.</returns>
    public bool UnblockAddress(string address) => Removed(_table.Remove(null, PeerAddress.Canonical(NotEmpty(address))));

    /// <summary>The entry for a system id; <see langword="null"/> when it is not blocked.</summary>
    /// <param name="systemId">The id.</param>
    public BlockEntry? FindSystem(string systemId) => _table.FindSystem(NotEmpty(systemId))?.Picture;

    /// <summary>The entry for an address; <see langword="null"/> when it is not blocked.</summary>
    /// <param name="address">The address.</param>
    public BlockEntry? FindAddress(string address) => _table.FindAddress(PeerAddress.Canonical(NotEmpty(address)))?.Picture;

    /// <summary>Takes the entries of the options in, which have been checked.</summary>
    internal void Load()
    {
        foreach (var peer in _settings.Options.BlockList.Entries)
        {
            // An empty text and none are the same in configuration files.
            var (systemId, address) = (NullIfEmpty(peer.SystemId), NullIfEmpty(peer.Address));
            _table.Put(Entry(systemId, address is null ? null : PeerAddress.Canonical(address), peer.Reason, peer.Duration, peer.Share));
        }

        Arm();
    }

    internal void Stop() => _expiry.Dispose();

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    internal static bool IsAddress(string address) =>
        address.Length <= Handshake.MaxAddressLength && (ClientAddress.IsClient(address) || PeerAddress.IsValid(address));

    internal static bool IsDuration(TimeSpan duration) => duration > TimeSpan.Zero && duration <= TimeSpan.FromDays(36_500);

    internal BlockTable.Slot? Find(string? systemId, string address) => _table.Find(systemId, address);

    /// <summary>Whether an entry is about a node at this IP address, at whichever port: for callers that say no more of themselves.</summary>
    internal bool IsBlocked(IPAddress caller)
    {
        var address = caller.IsIPv4MappedToIPv6 ? caller.MapToIPv4() : caller;
        return Entries.Any(entry => entry.Address is { } blocked
            && IPEndPoint.TryParse(blocked, out var endPoint) && endPoint.Port != 0 && endPoint.Address.Equals(address));
    }

    /// <summary>Whether a peer is blocked. The caller has registered the peer before, so that a later entry finds its connection.</summary>
    internal bool IsBlocked(string? systemId, string address)
    {
        Interlocked.MemoryBarrier();
        return Find(systemId, address) is not null;
    }

    /// <summary>The entry that forbids to send to an address, as far as one does without knowing the system there.</summary>
    internal BlockTable.Slot? FindTarget(string address) =>
        _table.Find(ClientAddress.IsClient(address) ? address[ClientAddress.Prefix.Length..] : null, address);

    /// <summary>Takes over a peer's list if this node trusts its peers. Such entries are not passed on.</summary>
    internal void Advise(PeerIdentity peer)
    {
        if (peer.Advice.Count == 0)
        {
            return;
        }

        // Peers may have come to be trusted since the handshake was read.
        if (peer.Advice.Take() is not { } advised || !_settings.Options.BlockList.TrustPeers)
        {
            RemoteLog.AdviceIgnored(_settings.Log, peer.Address, peer.Advice.Count);
            return;
        }

        foreach (var systemId in advised)
        {
            if (systemId != _settings.ActorSystem.Id && systemId != peer.SystemId)
            {
                Block(Entry(systemId, null, $"on the list of {peer.Address}", null, share: false) with { AdvisedBy = peer.SystemId });
            }
        }
    }

    // The list is there before the node listens and knows its address.
    private bool IsOwn(string address) => address == _settings.ActorSystem.Address || _settings.Options.Aliases.Contains(address);

    private static string NotEmpty(string value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, name);
        return value;
    }

    private bool Block(BlockEntry entry)
    {
        var isNew = _table.Put(entry);
        if (entry.Until is not null)
        {
            Arm();
        }

        if (!isNew)
        {
            return false;
        }

        var end = entry.Until is { } until ? $"until {until:u}" : "until it is unblocked";
        RemoteLog.PeerBlocked(_settings.Log, entry.SystemId ?? entry.Address!, entry.Reason, end);
        _settings.Events.Publish(new EndpointBlocked(entry.Address, entry.SystemId, BlockedBy.ThisNode, entry.Reason));
        Blocked?.Invoke(entry);
        return true;
    }

    private bool Removed(BlockEntry? entry)
    {
        if (entry is null)
        {
            return false;
        }

        RemoteLog.PeerUnblocked(_settings.Log, entry.SystemId ?? entry.Address!);
        _settings.Events.Publish(new EndpointUnblocked(entry.Address, entry.SystemId, BlockedBy.ThisNode));
        Unblocked?.Invoke(entry);
        return true;
    }

    private BlockEntry Entry(string? systemId, string? address, string reason, TimeSpan? duration, bool share)
    {
        if (duration is { } time && !IsDuration(time))
        {
            throw new ArgumentOutOfRangeException(nameof(duration), time, "A block lasts for more than zero and at most 100 years.");
        }

        var since = _settings.Time.GetUtcNow();
        var until = since + duration;
        return new() { SystemId = systemId, Address = address, Reason = reason ?? "", Since = since, Until = until, Share = share };
    }

    private void Expire()
    {
        foreach (var entry in _table.Expire(_settings.Time.GetUtcNow()))
        {
            Removed(entry);
        }

        Arm();
    }

    private void Arm()
    {
        // One thread at a time, or the one that looked earlier could set the later time.
        lock (_arming)
        {
            if (_table.NextExpiry() is { } next)
            {
                var wait = next - _settings.Time.GetUtcNow();
                _expiry.Change(wait < AtLeast ? AtLeast : wait < LookAgain ? wait : LookAgain, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
