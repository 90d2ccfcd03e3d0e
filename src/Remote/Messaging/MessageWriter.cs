using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;

namespace Remote;

/// <summary>
/// Makes payloads out of messages. Marks in the buffer when code of the application runs, so that its failures are told apart.
/// </summary>
internal sealed class MessageWriter(SerializerRegistry registry, BatchBuffer buffer, int maxMessageBytes)
{
    private Utf8JsonWriter? _json;

    /// <summary>PIDs in the message get the addresses they have for the peer; the application's message stays as it is.</summary>
    internal IMessage Translate(IMessage message, EmbeddedPids pids, OutboundTranslation translation)
    {
        var differs = false;
        pids.ForEach(message, pid =>
        {
            differs |= translation.Payload(pid) is var to && (to.Client is not null || to.Address != pid.Address || to.Id != pid.Id);
            return false;
        });
        if (!differs)
        {
            return message;
        }

        buffer.IsInSerializer = true;
        var copy = message.Descriptor.Parser.ParseFrom(message.ToByteArray());
        buffer.IsInSerializer = false;
        pids.ForEach(copy, pid =>
        {
            var to = translation.Payload(pid);
            (pid.Address, pid.Id) = (to.Address, to.FullId);
            return true;
        });
        return copy;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int SizeOf(IMessage message)
    {
        buffer.IsInSerializer = true;
        var size = message.CalculateSize();
        buffer.IsInSerializer = false;
        return size;
    }

    /// <summary>Writes a protobuf message of exactly this size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(IMessage message, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        buffer.IsInSerializer = true;
        message.WriteTo(destination);
        buffer.IsInSerializer = false;
    }

    /// <summary>Writes JSON into the buffer, as its <see cref="BatchBuffer.Payload"/>.</summary>
    internal void Write(object message, JsonTypeInfo type)
    {
        buffer.BeginPayload();
        buffer.IsInSerializer = true;
        _json ??= new Utf8JsonWriter(buffer);
        _json.Reset();
        JsonSerializer.Serialize(_json, message, type);
        _json.Flush();
        buffer.IsInSerializer = false;
    }

    /// <summary>The payload of a message that only its serializer can write.</summary>
    /// <inheritdoc cref="SerializerRegistry.Serialize"/>
    internal ReadOnlyMemory<byte> Write(object message, ref OutboundType type)
    {
        buffer.IsInSerializer = true;
        var bytes = registry.Serialize(message, ref type);
        buffer.IsInSerializer = false;
        return bytes.Memory;
    }

    /// <summary>The message that a root message is sent as.</summary>
    internal object ToSerialized(object message)
    {
        buffer.IsInSerializer = true;
        var serialized = registry.ToSerialized(message);
        buffer.IsInSerializer = false;
        return serialized;
    }

    /// <summary>The payload of a message, for all who send it.</summary>
    internal EncodedMessage WriteApart(object message, OutboundType type)
    {
        switch (type.Form)
        {
            case OutboundForm.Protobuf:
                return new EncodedMessage(type, WriteApart((IMessage)message));
            case OutboundForm.Json:
                Write(message, type.Json!);
                return new EncodedMessage(type, buffer.Payload.ToArray());
            default:
                var payload = Write(message, ref type);
                return new EncodedMessage(type, payload);
        }
    }

    private byte[] WriteApart(IMessage message)
    {
        var size = SizeOf(message);
        if ((uint)size > (uint)maxMessageBytes)
        {
            throw new PayloadTooLargeException(size < 0 ? int.MaxValue : size);
        }

        var bytes = new byte[size];
        Write(message, bytes);
        return bytes;
    }
}
