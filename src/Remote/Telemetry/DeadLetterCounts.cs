using System.Collections.Frozen;

namespace Remote;

/// <summary>Counts the dead letters of a node by their reasons, of which there is a fixed set. Thread-safe.</summary>
internal sealed class DeadLetterCounts
{
    private static readonly string[] Names = [nameof(DeadLetterReason.NoSuchProcess), .. DeadLetterReasonNames.All, RemoteTelemetry.OthersValue];

    private static readonly FrozenDictionary<string, int> Places =
        Names.Index().ToFrozenDictionary(static name => name.Item, static name => name.Index, StringComparer.Ordinal);

    private readonly long[] _counts = new long[Names.Length];

    /// <summary>One more. A reason of the application's own counts among the others.</summary>
    public void Count(DeadLetterReason reason) =>
        Interlocked.Increment(ref _counts[Places.TryGetValue(reason.Name, out var place) ? place : Names.Length - 1]);

    /// <summary>The counts so far; reasons that no dead letter had are left out.</summary>
    public IEnumerable<KeyValuePair<string, long>> Snapshot() => Names
        .Select((name, place) => new KeyValuePair<string, long>(name, Volatile.Read(ref _counts[place])))
        .Where(static count => count.Value > 0);
}
