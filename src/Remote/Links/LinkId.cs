using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Remote;

/// <summary>
/// Names a link between its two nodes: 16 random bytes, made once per endpoint life. A node that knows it may take the link over, so it is
/// never logged, shown or put into a PID.
/// </summary>
internal readonly struct LinkId : IEquatable<LinkId>
{
    public const int Size = 16;

    private readonly ulong _high;
    private readonly ulong _low;

    private LinkId(ReadOnlySpan<byte> bytes)
    {
        _high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
    }

    /// <summary>A new one that cannot be guessed.</summary>
    public static LinkId Create()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return new LinkId(bytes);
    }

    /// <summary>Reads the id that a peer wrote; false for anything but 16 bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out LinkId id)
    {
        id = bytes.Length == Size ? new LinkId(bytes) : default;
        return bytes.Length == Size;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), _low);
        return bytes;
    }

    public bool Equals(LinkId other) => _high == other._high && _low == other._low;

    public override bool Equals(object? obj) => obj is LinkId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_high, _low);

    /// <summary>Shows nothing of the id: printed text ends up in a log.</summary>
    public override string ToString() => "(link id)";
}
