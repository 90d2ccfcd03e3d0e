using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>The fields by which a message carries others: the names of their types, and envelopes that refer to those by number.</summary>
internal sealed class PackedTable
{
    private readonly FieldDescriptor _names;
    private readonly FieldDescriptor _envelopes;
    private readonly FieldDescriptor _typeId;
    private readonly FieldDescriptor _serializerId;
    private readonly FieldDescriptor _bytes;

    private PackedTable(FieldDescriptor names, FieldDescriptor envelopes, FieldDescriptor typeId, FieldDescriptor serializerId, FieldDescriptor bytes) =>
        (_names, _envelopes, _typeId, _serializerId, _bytes) = (names, envelopes, typeId, serializerId, bytes);

    /// <summary>The number of the field with the envelopes.</summary>
    internal int EnvelopesNumber => _envelopes.FieldNumber;

    /// <summary>Null when the message has no such fields.</summary>
    internal static PackedTable? Of(MessageDescriptor message)
    {
        if (Field(message, "type_names", FieldType.String) is not { IsRepeated: true } names)
        {
            return null;
        }

        foreach (var envelopes in message.Fields.InDeclarationOrder().Where(field => field is { FieldType: FieldType.Message, IsRepeated: true, IsMap: false }))
        {
            if (Field(envelopes.MessageType, "type_id", FieldType.Int32) is { IsRepeated: false } typeId
                && Field(envelopes.MessageType, "serializer_id", FieldType.Int32) is { IsRepeated: false } serializerId
                && Field(envelopes.MessageType, "message_data", FieldType.Bytes) is { IsRepeated: false } bytes)
            {
                return new PackedTable(names, envelopes, typeId, serializerId, bytes);
            }
        }

        return null;
    }

    /// <inheritdoc cref="PackedMessages.ForEach"/>
    /// <exception cref="RefusedContentException">An envelope refers to no name.</exception>
    internal void ForEach(IMessage message, Func<PackedMessage, PackedMessage> visitor)
    {
        var names = (IList<string>)_names.Accessor.GetValue(message);
        var count = names.Count;
        Dictionary<string, int>? added = null;
        foreach (IMessage envelope in (IList)_envelopes.Accessor.GetValue(message))
        {
            var index = (int)_typeId.Accessor.GetValue(envelope);
            if ((uint)index >= (uint)count)
            {
                throw new RefusedContentException(EnvelopeFault.Malformed, $"Type {index} of a message in it is not among its names.");
            }

            var old = new PackedMessage(names[index], (int)_serializerId.Accessor.GetValue(envelope), (ByteString)_bytes.Accessor.GetValue(envelope));
            var changed = visitor(old);
            if (changed.Name != old.Name)
            {
                // Beside the old one, to which another envelope may refer for another serializer.
                _typeId.Accessor.SetValue(envelope, Add(names, changed.Name, added ??= new Dictionary<string, int>(StringComparer.Ordinal)));
            }

            if (!ReferenceEquals(changed.Bytes, old.Bytes))
            {
                _bytes.Accessor.SetValue(envelope, changed.Bytes);
            }
        }
    }

    private static FieldDescriptor? Field(MessageDescriptor message, string name, FieldType type) =>
        message.FindFieldByName(name) is { } field && field.FieldType == type ? field : null;

    private static int Add(IList<string> names, string name, Dictionary<string, int> added)
    {
        if (!added.TryGetValue(name, out var index))
        {
            index = names.Count;
            names.Add(name);
            added.Add(name, index);
        }

        return index;
    }
}
