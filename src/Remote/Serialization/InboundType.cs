using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;

namespace Remote;

/// <summary>How messages of one name and serializer are read: one of parser, JSON, serializer and core is set.</summary>
internal sealed class InboundType
{
    internal MessageParser? Parser { get; init; }

    /// <summary>The PIDs in messages of the parser, which are translated; <see langword="null"/> when there can be none.</summary>
    internal EmbeddedPids? Pids { get; init; }

    internal JsonTypeInfo? Json { get; init; }

    /// <summary>A serializer of the application, or that of JSON for a protobuf message.</summary>
    internal IMessageSerializer? Serializer { get; init; }

    /// <inheritdoc cref="CoreMessages.Make"/>
    internal CoreMessages.Make? Core { get; init; }
}
