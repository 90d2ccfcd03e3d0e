namespace Remote;

/// <summary>One peer that this node has nothing to do with. A picture of the moment it was asked for.</summary>
public sealed record BlockEntry
{
    /// <summary>The incarnation that is blocked; <see langword="null"/> when an address is.</summary>
    public string? SystemId { get; init; }

    /// <summary>The address that is blocked, whoever lives there; <see langword="null"/> when an incarnation is.</summary>
    public string? Address { get; init; }

    /// <summary>Why, in the words of whoever blocked it; empty when nothing was said.</summary>
    public string Reason { get; init; } = "";

    /// <summary>When the entry was made.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>When it ends by itself; <see langword="null"/>: never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether other nodes are told, which Proto.Actor nodes never forget.</summary>
    public bool Share { get; init; }

    /// <summary>The system id of the peer whose list it comes from (<see cref="BlockListOptions.TrustPeers"/>); <see langword="null"/> when it was made here.</summary>
    public string? AdvisedBy { get; init; }

    /// <summary>How many handshakes were turned away for it.</summary>
    public long Refusals { get; init; }

    /// <summary>Whether a peer is meant that is known by this id, at this address.</summary>
    internal bool Covers(string? systemId, string address) => SystemId is null ? Address == address : SystemId == systemId;
}
