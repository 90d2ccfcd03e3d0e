using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Remote;

/// <summary>
/// Names a link between its two nodes: 16 random bytes, made once per endpoint life. A node that knows it may take the link over, so it is
/// never logged, shown or put into a PID.
/// </summary>
internal readonly record struct LinkId
{
    private const int Size = 16;

    private readonly UInt128 _value;

    private LinkId(ReadOnlySpan<byte> bytes) => _value = BinaryPrimitives.ReadUInt128BigEndian(bytes);

    /// <summary>A new id that cannot be guessed.</summary>
    public static LinkId Create() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>Reads the id that a peer wrote; false for anything but 16 bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out LinkId id)
    {
        id = bytes.Length == Size ? new LinkId(bytes) : default;
        return bytes.Length == Size;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);
        return bytes;
    }

    /// <summary>Shows nothing of the id: printed text ends up in a log.</summary>
    public override string ToString() => "(link id)";
}
