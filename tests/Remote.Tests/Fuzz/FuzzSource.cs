namespace Remote.Tests.Fuzz;

/// <summary>Chance with a taste: numbers at the edges of their types, names that mean something here, and now and then anything.</summary>
internal sealed class FuzzSource(ulong seed)
{
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 3, 127, 128, 255, 16_383, 16_384, 65_536, int.MaxValue, (ulong)int.MaxValue + 1, uint.MaxValue, (ulong)uint.MaxValue + 1,
        long.MaxValue, (ulong)long.MaxValue + 1, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    // Small sets: what the node keeps for a name is kept for as many.
    private static readonly string[] Ids =
    [
        "sink", "sink", "sink", "echo", "nobody", "$eventstream", "$deadletter", "$1", "$endpoint/10.0.0.3:8003", "$client/abc/x", "$client/", "größe",
        "🙂", "a/b/c", "\n", " ", "future", "$activator", "activator",
    ];

    private static readonly string[] Addresses =
    [
        "", "nonhost", FuzzNode.Address, FuzzNode.Address, FuzzNode.Peer, FuzzNode.Peer, "10.0.0.3:8003", "unix:///run/x", "$client/abc", "no address",
        "HOST.:",
    ];

    private readonly Random _random = new((int)(seed ^ (seed >> 32)));

    public int Below(int limit) => _random.Next(limit);

    /// <summary>True once in so many times.</summary>
    public bool Once(int times) => _random.Next(times) == 0;

    public T Of<T>(params ReadOnlySpan<T> values) => values[_random.Next(values.Length)];

    /// <summary>A number that is likely to be one too many somewhere.</summary>
    public ulong Number() => Below(3) switch
    {
        0 => Edges[Below(Edges.Length)],
        1 => (ulong)Below(16),
        _ => (ulong)_random.NextInt64() << Below(2),
    };

    /// <summary>An index into a table of this length: nearly always a good one.</summary>
    public ulong Index(int length, int first = 0) =>
        Once(12) ? Of<ulong>((ulong)(length + first), ulong.MaxValue, int.MaxValue, 0x80000000, Number()) : (ulong)(Below(Math.Max(1, length)) + first);

    public string Id() => Ids[Below(Ids.Length)];

    public string Address() => Addresses[Below(Addresses.Length)];

    public byte[] Bytes(int longest)
    {
        var bytes = new byte[Below(longest + 1)];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Text of this set, or in one case of thirty bytes that are none.</summary>
    public byte[] Text(string text) => Once(30) ? [.. Bytes(8), 0xC0, 0x80] : System.Text.Encoding.UTF8.GetBytes(text);
}
