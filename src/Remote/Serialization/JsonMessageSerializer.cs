using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;

namespace Remote;

/// <summary>
/// Serializer 1: System.Text.Json with source-generated contexts. A type travels under the name it was registered with; it is also found by
/// the assembly-qualified name of .NET, of any version, as Proto.Actor for .NET writes it. Registered protobuf messages are found by their
/// full names in protobuf's own JSON form, as Proto.Actor for Go writes them.
/// </summary>
public sealed class JsonMessageSerializer : IMessageSerializer
{
    /// <summary>The number of JSON on the wire.</summary>
    public const int SerializerId = 1;

    private readonly Dictionary<Type, JsonRegistration> _byType;
    private readonly Dictionary<string, JsonTypeInfo> _byName;
    private readonly ProtobufMessageSerializer _protobuf;

    internal JsonMessageSerializer(IReadOnlyCollection<JsonRegistration> types, ProtobufMessageSerializer protobuf)
    {
        _protobuf = protobuf;
        _byType = types.ToDictionary(type => type.Info.Type);

        // A registered name goes before the name that the runtime gives some other type.
        _byName = types.ToDictionary(type => type.Name, type => type.Info);
        foreach (var type in types)
        {
            _byName.TryAdd(AssemblyQualifiedName.WithoutVersions(type.Name), type.Info);
            _byName.TryAdd(AssemblyQualifiedName.Of(type.Info.Type), type.Info);
        }
    }

    /// <inheritdoc/>
    public int Id => SerializerId;

    /// <inheritdoc/>
    public int Priority => -1000;

    /// <inheritdoc/>
    public string? GetTypeName(object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return _byType.TryGetValue(message.GetType(), out var type) ? type.Name : null;
    }

    /// <inheritdoc/>
    public void Serialize(object message, IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(message);
        using var writer = new Utf8JsonWriter(destination);
        JsonSerializer.Serialize(writer, message, _byType[message.GetType()].Info);
    }

    /// <inheritdoc/>
    public bool CanDeserialize(string typeName) => Find(typeName) is not null || _protobuf.CanDeserialize(typeName);

    /// <inheritdoc/>
    public object Deserialize(string typeName, ReadOnlyMemory<byte> payload)
    {
        if (Find(typeName) is { } info)
        {
            return JsonSerializer.Deserialize(payload.Span, info) ?? throw new JsonException("The message is null.");
        }

        var descriptor = _protobuf.Find(typeName) ?? throw new JsonException("Nothing is registered under this name.");
        return JsonParser.Default.Parse(Encoding.UTF8.GetString(payload.Span), descriptor);
    }

    internal JsonTypeInfo? Find(string typeName) =>
        _byName.GetValueOrDefault(typeName) ?? _byName.GetValueOrDefault(AssemblyQualifiedName.WithoutVersions(typeName));

    internal JsonTypeInfo Find(Type type) => _byType[type].Info;
}

/// <summary>A type that may travel as JSON, and the name it has on the wire.</summary>
internal sealed record JsonRegistration(string Name, JsonTypeInfo Info);
