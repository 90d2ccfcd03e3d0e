using System.Collections.Concurrent;

namespace Remote;

/// <summary>The form in which each peer writes targets, and is written to: strings, or whole PIDs. Thread-safe.</summary>
/// <param name="configured">The dialects of the options, which count for more than those seen.</param>
internal sealed class PeerDialects(IDictionary<string, WireDialect> configured)
{
    // Systems that are remembered; far more than a node has peers. Ids cost a hostile one nothing, and every life of a peer has another: a
    // full memory starts anew, or those that come later would never be answered as they write. A peer that is forgotten is written strings
    // until its next stream.
    private const int MaxSeen = 10_000;

    // Those that write PIDs: the others get what everybody gets.
    private readonly ConcurrentDictionary<string, bool> _writingPids = new(StringComparer.Ordinal);

    /// <summary>Whether targets are written as PIDs towards a peer.</summary>
    public bool WritesPids(string address, string systemId)
    {
        var dialect = configured.TryGetValue(address, out var said) ? said : WireDialect.Auto;
        return dialect == WireDialect.Auto ? _writingPids.ContainsKey(systemId) : dialect == WireDialect.PidTargets;
    }

    /// <summary>A system wrote its targets in a dialect: it is answered in the same, while it lives.</summary>
    public void Saw(string systemId, bool pidTargets)
    {
        if (!pidTargets)
        {
            _writingPids.TryRemove(systemId, out _);
            return;
        }

        if (_writingPids.Count >= MaxSeen && !_writingPids.ContainsKey(systemId))
        {
            _writingPids.Clear();
        }

        _writingPids[systemId] = true;
    }
}
