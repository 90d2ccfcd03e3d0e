using System.Runtime.InteropServices;

namespace Remote;

/// <summary>
/// The incarnations of each address that are known to have ended. Thread-safe. Bounded: 16 per address and an hour, which is longer than
/// any process of a former life goes on sending, and as many addresses as a node may have endpoints.
/// </summary>
internal sealed class IncarnationMemory(TimeProvider time, int maxAddresses)
{
    private const int MaxPerAddress = 16;
    private static readonly TimeSpan Retention = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<(string SystemId, long At)>> _ended = new(StringComparer.Ordinal);

    public void Add(string address, string systemId)
    {
        lock (_gate)
        {
            if (_ended.Count >= maxAddresses && !_ended.ContainsKey(address))
            {
                Forget();
            }

            var entries = CollectionsMarshal.GetValueRefOrAddDefault(_ended, address, out _) ??= [];
            entries.RemoveAll(entry => entry.SystemId == systemId);
            if (entries.Count == MaxPerAddress)
            {
                entries.RemoveAt(0);
            }

            entries.Add((systemId, time.GetTimestamp()));
        }
    }

    public bool Contains(string address, string systemId)
    {
        lock (_gate)
        {
            return _ended.TryGetValue(address, out var entries)
                && entries.Exists(entry => entry.SystemId == systemId && time.GetElapsedTime(entry.At) < Retention);
        }
    }

    private void Forget()
    {
        foreach (var (address, entries) in _ended)
        {
            if (entries.TrueForAll(entry => time.GetElapsedTime(entry.At) >= Retention))
            {
                _ended.Remove(address);
            }
        }

        if (_ended.Count >= maxAddresses)
        {
            // All are of the last hour: a peer makes them up. Losing the memory costs a verification dial each, no more.
            _ended.Clear();
        }
    }
}
