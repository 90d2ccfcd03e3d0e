using System.Buffers;

namespace Remote.Tests.Messaging;

/// <summary>Bytes that the application serializes itself, in one of the ways in which a buffer writer may be used.</summary>
internal sealed record Blob(byte[] Bytes, BlobWay Way)
{
    public bool Equals(Blob? other) => other is not null && Way == other.Way && Bytes.AsSpan().SequenceEqual(other.Bytes);

    public override int GetHashCode() => Bytes.Length;
}

/// <summary>How a <see cref="Blob"/> asks for room.</summary>
internal enum BlobWay
{
    /// <summary>All at once, for exactly what it needs.</summary>
    Exact,

    /// <summary>For nothing in particular, again and again, filling what it gets.</summary>
    NoHint,

    /// <summary>For three times what it uses, as System.Text.Json does.</summary>
    Greedy,

    /// <summary>A few bytes at a time.</summary>
    Crumbs,

    /// <summary>Asks twice and writes into the second piece of memory.</summary>
    AsksTwice,
}

/// <summary>A serializer of an application that writes <see cref="Blob"/>s.</summary>
internal sealed class OddSerializer : IMessageSerializer
{
    public int Id => 77;

    public int Priority => 10;

    public string? GetTypeName(object message) => message is Blob ? "blob" : null;

    public bool CanDeserialize(string typeName) => typeName == "blob";

    public void Serialize(object message, IBufferWriter<byte> destination)
    {
        var (bytes, way) = (Blob)message;
        if (bytes.Length == 0)
        {
            return;
        }

        Write(destination, [(byte)way], 1);
        for (ReadOnlySpan<byte> rest = bytes.AsSpan(1); rest.Length > 0;)
        {
            var count = way switch
            {
                BlobWay.Exact or BlobWay.Greedy or BlobWay.AsksTwice => rest.Length,
                BlobWay.Crumbs => Math.Min(rest.Length, 7),
                _ => Math.Min(rest.Length, destination.GetSpan().Length),
            };
            if (way == BlobWay.AsksTwice)
            {
                destination.GetMemory(count);
            }

            Write(destination, rest[..count], way == BlobWay.Greedy ? 3 * count : count);
            rest = rest[count..];
        }
    }

    public object Deserialize(string typeName, ReadOnlyMemory<byte> payload) =>
        payload.IsEmpty ? new Blob([], BlobWay.Exact) : new Blob(payload.ToArray(), (BlobWay)payload.Span[0]);

    /// <summary>A blob of so many bytes, whose first names its way.</summary>
    internal static Blob Blob(int length, BlobWay way, Random random)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        if (length == 0)
        {
            return new Blob(bytes, BlobWay.Exact);
        }

        bytes[0] = (byte)way;
        return new Blob(bytes, way);
    }

    private static void Write(IBufferWriter<byte> destination, ReadOnlySpan<byte> bytes, int sizeHint)
    {
        bytes.CopyTo(destination.GetMemory(sizeHint).Span);
        destination.Advance(bytes.Length);
    }
}
