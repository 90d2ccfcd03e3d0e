using Google.Protobuf;
using Proto.Remote;

namespace Remote.Tests.Messaging;

/// <summary>Bytes that the application serializes itself.</summary>
internal sealed record Blob(byte[] Bytes)
{
    public bool Equals(Blob? other) => other is not null && Bytes.AsSpan().SequenceEqual(other.Bytes);

    public override int GetHashCode() => Bytes.Length;
}

/// <summary>A serializer of an application that writes <see cref="Blob"/>s, each under a name of its size.</summary>
internal sealed class OddSerializer : ISerializer
{
    internal const int Id = 77;

    /// <summary>How often it was called, on one thread.</summary>
    internal int Serialized { get; private set; }

    internal int Deserialized { get; private set; }

    public ByteString Serialize(object obj)
    {
        Serialized++;
        return ByteString.CopyFrom(((Blob)obj).Bytes);
    }

    public object Deserialize(ByteString bytes, string typeName)
    {
        Deserialized++;
        return typeName == NameOf(bytes.Length) ? new Blob(bytes.ToByteArray()) : throw new FormatException(typeName);
    }

    public string GetTypeName(object message) => NameOf(((Blob)message).Bytes.Length);

    public bool CanSerialize(object obj) => obj is Blob;

    internal static Blob Blob(int length, Random random)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return new Blob(bytes);
    }

    private static string NameOf(int length) => length < 1000 ? "small blob" : "large blob";
}
