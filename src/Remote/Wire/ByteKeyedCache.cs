using System.Runtime.InteropServices;

namespace Remote;

/// <summary>
/// Remembers per link the meaning of bytes, so that the same target, sender or type name is decoded once and not once per batch. Bounded in
/// entries and in the memory that they take, because the peer chooses the keys: a full cache starts anew, and keys too long to be an ordinary
/// name are not kept. Single-threaded.
/// </summary>
internal sealed class ByteKeyedCache<T>(int maxEntries, int maxBytes)
    where T : class
{
    private const int MaxKeyBytes = 256;

    /// <summary>
    /// What an entry takes beside its text: the objects that its bytes mean, its key, and its place in the table, half of which may be empty.
    /// </summary>
    private const int EntryBytes = 256;

    /// <summary>The key, and as many characters in what it means.</summary>
    private const int BytesPerKeyByte = 3;

    private readonly Dictionary<byte[], T>.AlternateLookup<ReadOnlySpan<byte>> _entries =
        new Dictionary<byte[], T>(ByteComparer.Instance).GetAlternateLookup<ReadOnlySpan<byte>>();

    private int _bytes;

    internal int Count => _entries.Dictionary.Count;

    internal T? Find(ReadOnlySpan<byte> key) => _entries.TryGetValue(key, out var value) ? value : null;

    internal void Add(ReadOnlySpan<byte> key, T value)
    {
        if (key.Length > MaxKeyBytes)
        {
            return;
        }

        var bytes = EntryBytes + (BytesPerKeyByte * key.Length);
        if (Count == maxEntries || _bytes + bytes > maxBytes)
        {
            _entries.Dictionary.Clear();
            _bytes = 0;
        }

        _entries.TryAdd(key, value);
        _bytes += bytes;
    }

    /// <summary>Hashes as the platform hashes text, with a seed of this process: a peer cannot choose keys that collide.</summary>
    private sealed class ByteComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        internal static readonly ByteComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] key) => GetHashCode(key.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public int GetHashCode(ReadOnlySpan<byte> key)
        {
            // Two bytes make a character; an odd last byte is added by itself.
            var hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(key));
            return int.IsOddInteger(key.Length) ? hash ^ key[^1] : hash;
        }
    }
}
