namespace Remote;

/// <summary>
/// Features beyond the base protocol that both nodes named on one stream, never remembered from elsewhere.
/// </summary>
[Flags]
internal enum StreamCapabilities
{
    None = 0,

    /// <summary>Heartbeats on silent streams.</summary>
    Heartbeat = 1,

    /// <summary>Numbered batches, acknowledgements and credit: a link outlives its streams.</summary>
    Resume = 2,

    /// <summary>Priority messages have credit of their own, so that they pass actors that take nothing (decision page 0022).</summary>
    Priority = 4,
}

/// <summary>Names of capabilities on the wire.</summary>
internal static class CapabilityNames
{
    // Peers may name capabilities that we do not know; more or longer names than these are no list of capabilities.
    private const int MaxCount = 32;
    private const int MaxLength = 64;

    public const string Heartbeat = "heartbeat/1";
    public const string Resume = "resume/1";
    public const string Priority = "priority/1";

    public static string[] All { get; } = [Heartbeat, Resume, Priority];

    public static string[] WithoutLink { get; } = [Heartbeat];

    /// <summary>The capabilities announced to a peer that dials this node.</summary>
    public static string[] AnnouncedWith(LinkOptions options) => options.Resume ? All : WithoutLink;

    /// <summary>The capabilities that both sides announce on a stream.</summary>
    public static StreamCapabilities Read(IReadOnlyCollection<string> names, string[] own)
    {
        var isList = names.Count <= MaxCount && names.All(name => name.Length <= MaxLength);
        return Flag(Heartbeat, StreamCapabilities.Heartbeat) | Flag(Resume, StreamCapabilities.Resume)
            | Flag(Priority, StreamCapabilities.Priority);

        StreamCapabilities Flag(string name, StreamCapabilities flag) =>
            isList && names.Contains(name) && own.Contains(name) ? flag : StreamCapabilities.None;
    }
}
