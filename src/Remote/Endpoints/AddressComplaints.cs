using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Says in the log that nothing can be sent to an address: once for each, because an actor that sends there does so again and again.
/// Thread-safe.
/// </summary>
internal sealed class AddressComplaints(ILogger log)
{
    // Addresses that have a line in the log; those beyond it have none.
    private const int MaxAddresses = 1_000;

    private readonly ConcurrentDictionary<string, bool> _made = new(StringComparer.Ordinal);

    /// <summary>It is neither <c>host:port</c> nor <c>unix:///path</c>.</summary>
    public void Invalid(string address)
    {
        if (IsFirst(address))
        {
            RemoteLog.AddressRefused(log, address);
        }
    }

    /// <summary>The node has as many endpoints as it may.</summary>
    public void TooMany(string address, int maxEndpoints)
    {
        if (IsFirst(address))
        {
            RemoteLog.TooManyEndpoints(log, address, maxEndpoints);
        }
    }

    private bool IsFirst(string address) => _made.Count < MaxAddresses && _made.TryAdd(address, true);
}
