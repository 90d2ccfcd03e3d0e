using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Counts what this node has refused, by the limit that refused it. The log hears of it as often as of single messages. Thread-safe.
/// </summary>
internal sealed class Refusals
{
    private static readonly string[] Names =
    [
        "Transport.MaxConnections",
        "Transport.MaxConnectionsPerAddress",
        "Transport.MaxOpensPerSecond",
        "Inbound.MaxPeers",
        "Link.MaxLinks",
        "Link.MaxLinksPerSystem",
        "MaxEndpoints",
        "Hooks.AllowDial",
        "forged answer",
        "foreign watch",
        "foreign system",
        "waiting control",
    ];

    private readonly long[] _counts = new long[Names.Length];

    /// <summary>The option that sets a limit, or what is never allowed.</summary>
    public static string NameOf(Limit limit) => Names[(int)limit];

    /// <summary>Something was refused.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="log">The log of the node, which writes only so many of these.</param>
    /// <param name="who">Whoever was refused: an address, as far as it is known.</param>
    public void Count(Limit limit, ILogger log, object? who)
    {
        var count = Interlocked.Increment(ref _counts[(int)limit]);
        RemoteLog.Refused(log, who, NameOf(limit), count);
    }

    /// <summary>How often each limit has refused something; those that never did are left out.</summary>
    public IReadOnlyDictionary<string, long> Snapshot() => Enum.GetValues<Limit>()
        .Select(limit => (Name: NameOf(limit), Count: Volatile.Read(ref _counts[(int)limit])))
        .Where(refused => refused.Count > 0)
        .ToDictionary(refused => refused.Name, refused => refused.Count, StringComparer.Ordinal);
}
