using System.Text.Json.Serialization.Metadata;
using Google.Protobuf.Reflection;
using WellKnown = Google.Protobuf.WellKnownTypes;

namespace Remote;

/// <summary>
/// Collects the messages that may travel, beginning with those of remote spawn. <see cref="Build"/> closes the list: nothing that arrives
/// later from the network can add to it. Not thread-safe.
/// </summary>
public sealed class SerializerRegistryBuilder
{
    private readonly Dictionary<string, MessageDescriptor> _messages = [];
    private readonly Dictionary<Type, JsonRegistration> _json = [];
    private readonly Dictionary<int, IMessageSerializer> _serializers = [];

    /// <summary>Lets every message of a protobuf file be received, nested ones too; not those of files it imports.</summary>
    /// <param name="file">The descriptor that the generated code of the file holds.</param>
    /// <exception cref="ArgumentException">Another message has the same full name.</exception>
    public SerializerRegistryBuilder AddMessages(FileDescriptor file)
    {
        ArgumentNullException.ThrowIfNull(file);
        foreach (var message in file.MessageTypes)
        {
            AddMessage(message);
        }

        return this;
    }

    /// <summary>Lets one protobuf message be received, and those nested in it.</summary>
    /// <param name="message">The descriptor that the generated class holds.</param>
    /// <exception cref="ArgumentException">Another message has the same full name.</exception>
    public SerializerRegistryBuilder AddMessage(MessageDescriptor message)
    {
        ArgumentNullException.ThrowIfNull(message);

        // The entries of a map are messages too, without a class; the core's own messages are read by hand.
        if (message.Parser is not null && !CoreMessages.IsCoreName(message.FullName))
        {
            var other = _messages.GetValueOrDefault(message.FullName) ?? SpawnMessages.Find(message.FullName);
            if (other is not null && other.ClrType != message.ClrType)
            {
                throw new ArgumentException($"Two protobuf messages are called {message.FullName}.", nameof(message));
            }

            _messages[message.FullName] = message;
        }

        foreach (var nested in message.NestedTypes)
        {
            AddMessage(nested);
        }

        return this;
    }

    /// <summary>
    /// Lets the well-known protobuf types be received: Empty, Any, Duration, Timestamp, FieldMask, Struct, Value, ListValue and the
    /// wrappers (StringValue, BytesValue, Int64Value, ...).
    /// </summary>
    public SerializerRegistryBuilder AddWellKnownTypes() => this
        .AddMessages(WellKnown.AnyReflection.Descriptor)
        .AddMessages(WellKnown.DurationReflection.Descriptor)
        .AddMessages(WellKnown.EmptyReflection.Descriptor)
        .AddMessages(WellKnown.FieldMaskReflection.Descriptor)
        .AddMessages(WellKnown.StructReflection.Descriptor)
        .AddMessages(WellKnown.TimestampReflection.Descriptor)
        .AddMessages(WellKnown.WrappersReflection.Descriptor);

    /// <summary>Lets a type travel as JSON, in both directions.</summary>
    /// <param name="type">The metadata of the type, from a source-generated JsonSerializerContext.</param>
    /// <param name="name">
    /// The name on the wire, the same on every node. Default: the full name and the assembly, "Shop.Order, Shop", which Proto.Actor nodes
    /// that have the same assembly understand.
    /// </param>
    /// <exception cref="ArgumentException">The type or the name was registered before.</exception>
    public SerializerRegistryBuilder AddJson(JsonTypeInfo type, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(type);
        var registration = new JsonRegistration(name ?? AssemblyQualifiedName.Of(type.Type), type);
        ArgumentException.ThrowIfNullOrEmpty(registration.Name, nameof(name));
        if (_json.Values.FirstOrDefault(other => other.Name == registration.Name) is { } taken)
        {
            throw new ArgumentException($"JSON name {taken.Name} is taken by {taken.Info.Type}.", nameof(name));
        }

        if (!_json.TryAdd(type.Type, registration))
        {
            throw new ArgumentException($"{type.Type} is registered as JSON already.", nameof(type));
        }

        return this;
    }

    /// <summary>Adds a serializer of your own.</summary>
    /// <param name="serializer">The serializer; every node needs it under the same id.</param>
    /// <exception cref="ArgumentException">The id is 0 or 1 (protobuf and JSON), negative, or taken.</exception>
    public SerializerRegistryBuilder AddSerializer(IMessageSerializer serializer)
    {
        ArgumentNullException.ThrowIfNull(serializer);
        if (serializer.Id <= JsonMessageSerializer.SerializerId || !_serializers.TryAdd(serializer.Id, serializer))
        {
            var problem = $"Serializer id {serializer.Id} is not free: ids start at 2 and each is given once.";
            throw new ArgumentException(problem, nameof(serializer));
        }

        return this;
    }

    /// <summary>Closes the list.</summary>
    public SerializerRegistry Build()
    {
        var protobuf = new ProtobufMessageSerializer(_messages.Values);
        var json = new JsonMessageSerializer(_json.Values, protobuf);
        return new SerializerRegistry(protobuf, json, _serializers.Values);
    }
}
