using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Remote;

/// <summary>
/// Remembers per link what bytes of the wire mean, so that the same target, sender or type name is decoded once and not
/// once per batch. Bounded in entries and in bytes, because the keys are the peer's choice: when it is full it starts
/// anew, and keys too long to be an ordinary name are not kept at all. Single-threaded.
/// </summary>
internal sealed class ByteKeyedCache<T>
    where T : class
{
    private const int MaxKeyBytes = 256;

    private readonly int _maxEntries;
    private readonly int _maxBytes;
    private readonly Dictionary<byte[], T> _entries;
    private readonly Dictionary<byte[], T>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private int _bytes;

    internal ByteKeyedCache(int maxEntries, int maxBytes)
    {
        _maxEntries = maxEntries;
        _maxBytes = maxBytes;
        _entries = new Dictionary<byte[], T>(ByteComparer.Instance);
        _lookup = _entries.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    internal int Count => _entries.Count;

    internal T? Find(ReadOnlySpan<byte> key) => _lookup.TryGetValue(key, out var value) ? value : null;

    internal void Add(ReadOnlySpan<byte> key, T value)
    {
        if (key.Length > MaxKeyBytes)
        {
            return;
        }

        if (_entries.Count == _maxEntries || _bytes + key.Length > _maxBytes)
        {
            _entries.Clear();
            _bytes = 0;
        }

        _entries[key.ToArray()] = value;
        _bytes += key.Length;
    }

    /// <summary>Hashes with a seed of this process, so that nobody outside can choose keys that collide.</summary>
    private sealed class ByteComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        internal static readonly ByteComparer Instance = new();

        private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

        private readonly ulong _seed = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(byte[] key) => GetHashCode(key.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        /// <summary>Folds eight bytes at a time with a full 128-bit product.</summary>
        public int GetHashCode(ReadOnlySpan<byte> key)
        {
            var hash = _seed ^ (uint)key.Length;
            while (key.Length >= sizeof(ulong))
            {
                hash = Mix(hash ^ MemoryMarshal.Read<ulong>(key));
                key = key[sizeof(ulong)..];
            }

            ulong last = 0;
            foreach (var next in key)
            {
                last = (last << 8) | next;
            }

            hash = Mix(hash ^ last);
            return (int)(hash ^ (hash >> 32));
        }

        private static ulong Mix(ulong value)
        {
            var high = Math.BigMul(value, Multiplier, out var low);
            return BitOperations.RotateLeft(high ^ low, 23);
        }
    }
}
