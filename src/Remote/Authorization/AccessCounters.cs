namespace Remote;

/// <summary>Counts what the node did not allow. Thread-safe.</summary>
internal sealed class AccessCounters
{
    private readonly long[] _operations = new long[Enum.GetValues<RemoteOperationKind>().Length];
    private long _peers;
    private long _closed;

    public AccessStatistics Snapshot() => new(
        Interlocked.Read(ref _peers),
        Interlocked.Read(ref _closed),
        Enum.GetValues<RemoteOperationKind>()
            .Select(kind => (Name: kind.ToString(), Count: Interlocked.Read(ref _operations[(int)kind])))
            .Where(static kind => kind.Count > 0)
            .ToDictionary(static kind => kind.Name, static kind => kind.Count, StringComparer.Ordinal));

    public void CountPeer(bool isClosed) => Interlocked.Increment(ref isClosed ? ref _closed : ref _peers);

    public void CountOperation(RemoteOperationKind kind) => Interlocked.Increment(ref _operations[(int)kind]);
}
