namespace Remote;

/// <summary>
/// What two nodes agreed on for one stream beyond the base protocol: what both named on that stream, never remembered from elsewhere.
/// </summary>
[Flags]
internal enum StreamCapabilities
{
    None = 0,

    /// <summary>Heartbeats on silent streams.</summary>
    Heartbeat = 1,
}

/// <summary>Names of capabilities on the wire.</summary>
internal static class CapabilityNames
{
    // Peers may name what we do not know; more or longer names than these are no list of capabilities.
    public const int MaxCount = 32;
    public const int MaxLength = 64;

    private const string Heartbeat = "heartbeat/1";

    public static string[] All { get; } = [Heartbeat];

    public static StreamCapabilities Read(IReadOnlyCollection<string> names)
    {
        if (names.Count > MaxCount || names.Any(name => name.Length > MaxLength))
        {
            return StreamCapabilities.None;
        }

        return names.Contains(Heartbeat) ? StreamCapabilities.Heartbeat : StreamCapabilities.None;
    }
}
