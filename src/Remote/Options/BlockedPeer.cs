namespace Remote;

/// <summary>One entry of <see cref="BlockListOptions.Entries"/>: a system id or an address. Not thread-safe.</summary>
public sealed class BlockedPeer
{
    /// <summary>The incarnation that is blocked, 1 to 256 characters. Either this or <see cref="Address"/>.</summary>
    public string? SystemId { get; set; }

    /// <summary>
    /// The address that is blocked: <c>host:port</c>, <c>unix:///path</c> or <c>$client/id</c>. Either this or <see cref="SystemId"/>.
    /// </summary>
    public string? Address { get; set; }

    /// <summary>The reason. Default: empty.</summary>
    public string Reason { get; set; } = "";

    /// <summary>
    /// How long, from the start of the node; more than zero, at most 100 years. Default <see langword="null"/>: for ever.
    /// </summary>
    public TimeSpan? Duration { get; set; }

    /// <summary>
    /// Whether every node that this one dials is told; only with <see cref="SystemId"/>. Default <see langword="false"/>. See
    /// <see cref="PeerBlockList.BlockSystem"/>.
    /// </summary>
    public bool Share { get; set; }
}
