namespace Remote;

/// <summary>
/// Counts messages that could not be serialized or read, by their type. Names from the wire are none: they would be whatever a peer makes
/// up. Thread-safe.
/// </summary>
internal sealed class SerializationFailureCounts
{
    // Each is a series. An application with more types that fail has another problem than which they are.
    public const int MaxTypes = 100;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _sent = new(StringComparer.Ordinal);
    private long _received;

    /// <summary>A message of this process could not be serialized.</summary>
    public void Count(Type type)
    {
        var name = type.FullName ?? type.Name;
        lock (_gate)
        {
            name = _sent.ContainsKey(name) || _sent.Count < MaxTypes ? name : RemoteTelemetry.OthersValue;
            _sent[name] = _sent.GetValueOrDefault(name) + 1;
        }
    }

    /// <summary>A message from a peer could not be read.</summary>
    public void CountReceived() => Interlocked.Increment(ref _received);

    /// <summary>The counts so far; those that are 0 are left out.</summary>
    public IReadOnlyList<(string Direction, string Type, long Count)> Snapshot()
    {
        var received = Interlocked.Read(ref _received);
        lock (_gate)
        {
            return
            [
                .. _sent.Select(static type => (RemoteTelemetry.OutValue, type.Key, type.Value)),
                .. received == 0 ? [] : new[] { (RemoteTelemetry.InValue, RemoteTelemetry.OthersValue, received) },
            ];
        }
    }
}
