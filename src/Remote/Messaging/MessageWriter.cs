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
        Rewrite(copy, pids, translation);
        return copy;
    }

    /// <summary>Gives the PIDs in the message the addresses they have for the peer; <see langword="true"/> when one has another now.</summary>
    private static bool Rewrite(IMessage message, EmbeddedPids pids, OutboundTranslation translation) => pids.ForEach(message, pid =>
    {
        var to = translation.Payload(pid);
        var (address, id) = (pid.Address, pid.Id);
        (pid.Address, pid.Id) = (to.Address, to.FullId);
        return pid.Address != address || pid.Id != id;
    });

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

    /// <summary>The message that a root message is sent as. PIDs in what that carries are translated as if it came by itself, for the peer reads them so.</summary>
    internal object ToSerialized(object message, OutboundTranslation translation)
    {
        buffer.IsInSerializer = true;
        var serialized = registry.ToSerialized(message);
        serialized = serialized is IMessage carrier && registry.PackedIn(carrier.Descriptor) is { } packed ? Translate(carrier, packed, translation) : serialized;
        buffer.IsInSerializer = false;
        return serialized;
    }

    private IMessage Translate(IMessage carrier, PackedMessages packed, OutboundTranslation translation)
    {
        var differs = false;
        packed.ForEach(carrier, content =>
        {
            differs = differs || Translate(content, translation) != content;
            return content;
        });
        if (!differs)
        {
            return carrier;
        }

        // A copy, for nobody says that it was made for this link alone.
        var copy = carrier.Descriptor.Parser.ParseFrom(carrier.ToByteString());
        packed.ForEach(copy, content => Translate(content, translation));
        return copy;
    }

    private PackedMessage Translate(PackedMessage content, OutboundTranslation translation)
    {
        if (content.SerializerId != Proto.Remote.Serialization.SERIALIZER_ID_PROTOBUF || registry.FindPacked(content.Name) is not { Pids: { } pids } type)
        {
            return content;
        }

        return Parse(content, type.Parser) is { } message && Rewrite(message, pids, translation) ? content with { Bytes = message.ToByteString() } : content;
    }

    // Bytes that are no such message are the application's affair, as in an Any.
    private static IMessage? Parse(PackedMessage content, MessageParser parser)
    {
        try
        {
            return parser.ParseFrom(content.Bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
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
