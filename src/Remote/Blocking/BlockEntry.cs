namespace Remote;

/// <summary>One peer that this node has nothing to do with. A snapshot, which does not change.</summary>
public sealed record BlockEntry
{
    /// <summary>The incarnation that is blocked; <see langword="null"/> when an address is.</summary>
    public string? SystemId { get; init; }

    /// <summary>The address that is blocked for every node that lives there; <see langword="null"/> when an incarnation is.</summary>
    public string? Address { get; init; }

    /// <summary>The reason, in the words of the caller that blocked it; empty when none was given.</summary>
    public string Reason { get; init; } = "";

    /// <summary>When the entry was made.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>When it ends by itself; <see langword="null"/>: never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether other nodes are told, which Proto.Actor nodes never forget.</summary>
    public bool Share { get; init; }

    /// <summary>
    /// The peer that advised it (<see cref="BlockListOptions.TrustPeers"/>), by its system id; <see langword="null"/> for none.
    /// </summary>
    public string? AdvisedBy { get; init; }

    /// <summary>How many handshakes were turned away for it.</summary>
    public long Refusals { get; init; }

    /// <summary>Whether the entry covers a peer with this id at this address.</summary>
    internal bool Covers(string? systemId, string address) => SystemId is null ? Address == address : SystemId == systemId;
}
