using System.Collections.Concurrent;

namespace Remote;

/// <summary>
/// The values of the tag for peers, and what was counted under each of them for addresses that are not remembered any more. Thread-safe.
/// </summary>
internal sealed class PeerTags
{
    // Each has about fifty series, and collectors keep some thousands of an instrument, or fewer. It holds for the life of the node: a value that were
    // given to another address would make counts of two of one.
    public const int MaxAddresses = 1_000;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _addresses = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, EndpointRecord> _forgotten = new(StringComparer.Ordinal);

    /// <summary>The records that go on counting for those that were forgotten, one for each value.</summary>
    public IEnumerable<EndpointRecord> Forgotten => _forgotten.Values;

    /// <summary>The value for an address, which keeps it from the first request on.</summary>
    /// <param name="address">The address.</param>
    /// <param name="origin">
    /// Where it came from. Addresses that other nodes named never take the second half, so that they cannot keep those of the application from having
    /// values of their own.
    /// </param>
    public string TagOf(string address, DialOrigin origin)
    {
        if (ClientAddress.IsClient(address))
        {
            return RemoteTelemetry.ClientsValue;
        }

        var room = origin == DialOrigin.Program ? MaxAddresses : MaxAddresses / 2;
        lock (_gate)
        {
            var isKnown = _addresses.Contains(address) || (_addresses.Count < room && _addresses.Add(address));
            return isKnown ? address : RemoteTelemetry.OthersValue;
        }
    }

    /// <summary>The record that takes over the counts of those with a value that are forgotten.</summary>
    public EndpointRecord HeirOf(string tag) => _forgotten.GetOrAdd(tag, static tag => new EndpointRecord(tag));
}

/// <summary>The statistics of one address, with the value of the tag that it shares with others.</summary>
internal readonly record struct PeerShare(string Tag, EndpointStatistics Statistics)
{
    /// <summary>Whether there is an endpoint that may carry messages.</summary>
    public bool IsOpen => Statistics.State != EndpointState.Closed;
}
