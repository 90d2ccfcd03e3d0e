using System.Collections.Concurrent;

namespace Remote;

/// <summary>The form in which each peer writes targets, and is written to: strings, or whole PIDs. Thread-safe.</summary>
/// <param name="configured">The dialects of the options, which count for more than those seen.</param>
internal sealed class PeerDialects(IDictionary<string, WireDialect> configured)
{
    // Peers whose dialect is remembered; far more than a node has peers, and small enough for a hostile one to fill.
    private const int MaxSeen = 10_000;

    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);

    /// <summary>Whether targets are written as PIDs towards a peer.</summary>
    public bool WritesPids(string address, string systemId)
    {
        var dialect = configured.TryGetValue(address, out var said) ? said : WireDialect.Auto;
        return dialect == WireDialect.Auto ? _seen.GetValueOrDefault(systemId) : dialect == WireDialect.PidTargets;
    }

    /// <summary>A system wrote its targets in a dialect: it is answered in the same, while it lives.</summary>
    public void Saw(string systemId, bool pidTargets)
    {
        if (_seen.Count < MaxSeen || _seen.ContainsKey(systemId))
        {
            _seen[systemId] = pidTargets;
        }
    }
}
