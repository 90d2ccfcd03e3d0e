using Google.Protobuf;
using Proto.Remote;

namespace Remote.Tests;

/// <summary>Fails at everything, and quotes it, as parsers do.</summary>
internal sealed class QuotingSerializer : ISerializer
{
    public const int Id = 78;
    public const string TypeName = "quoted";

    public ByteString Serialize(object obj) => throw new FormatException($"'{obj}' cannot be written.", new InvalidDataException($"Not '{obj}'."));

    public object Deserialize(ByteString bytes, string typeName) => throw new FormatException($"'{bytes.ToStringUtf8()}' cannot be read.");

    public string GetTypeName(object message) => TypeName;

    public bool CanSerialize(object obj) => obj is Quoted;

    /// <summary>A message for it.</summary>
    internal sealed record Quoted(string Text);
}
