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
    /// <see cref="BlockList.BlockSystem"/>.
    /// </summary>
    public bool Share { get; set; }

    internal static bool IsDuration(TimeSpan duration) => duration > TimeSpan.Zero && duration <= TimeSpan.FromDays(36_500);

    /// <summary>The faults of the entry, each with its name.</summary>
    internal IEnumerable<string> FindFaults(string name)
    {
        if (string.IsNullOrEmpty(SystemId) == string.IsNullOrEmpty(Address))
        {
            yield return $"{name} has SystemId '{SystemId}' and Address '{Address}'; it must have exactly one of them";
        }

        if (SystemId?.Length > Handshake.MaxIdLength)
        {
            yield return $"{name}.SystemId has {SystemId.Length} characters; it must be 1 to {Handshake.MaxIdLength}";
        }

        if (!string.IsNullOrEmpty(Address) && !BlockList.IsAddress(Address))
        {
            yield return $"{name}.Address is '{Address}'; it must be host:port, unix:///path or $client/id";
        }

        if (Duration is { } duration && !IsDuration(duration))
        {
            yield return $"{name}.Duration is {duration}; it must be more than zero and at most 100 years";
        }

        if (Share && string.IsNullOrEmpty(SystemId))
        {
            yield return $"{name}.Share is set; only a SystemId can be shared";
        }
    }
}
