using Google.Protobuf;

namespace Remote.ProtoPeer;

/// <summary>The messages that the node sends on command.</summary>
internal static class Messages
{
    /// <param name="kind"><c>numbered</c>, <c>json</c>, or <c>unknown</c>: of a type that the other side does not know.</param>
    /// <param name="number">Its number in the load.</param>
    /// <param name="payload">What numbered ones carry.</param>
    public static object Create(string kind, int number, ByteString payload) => kind switch
    {
        "numbered" => new Numbered { Number = number, Payload = payload },
        "json" => new Note($"note {number}"),
        "unknown" => new OnlyHere { Text = $"unknown {number}" },
        _ => throw new FormatException($"'{kind}' is none of numbered, json, unknown."),
    };
}
