using System.Runtime.CompilerServices;
using System.Text.Json;
using Google.Protobuf;

namespace Remote;

/// <summary>
/// Makes payloads out of messages. Marks in the buffer when code of the application runs, so that its failures are told apart.
/// </summary>
internal sealed class MessageWriter(BatchBuffer buffer, int maxMessageBytes)
{
    private Utf8JsonWriter? _json;

    /// <summary>PIDs in the message get the addresses they have for the peer; the application's message stays as it is.</summary>
    internal static IMessage Translate(IMessage message, EmbeddedPids pids, OutboundTranslation translation)
    {
        var differs = false;
        pids.ForEach(message, pid =>
            differs |= translation.Payload(pid.Address, pid.Id) is var to && (to.Client is not null || to.Address != pid.Address));
        if (!differs)
        {
            return message;
        }

        var copy = message.Descriptor.Parser.ParseFrom(message.ToByteArray());
        pids.ForEach(copy, pid =>
        {
            var to = translation.Payload(pid.Address, pid.Id);
            (pid.Address, pid.Id) = (to.Address, to.FullId);
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

    /// <summary>Writes a message of unknown size into the buffer, as its <see cref="BatchBuffer.Payload"/>.</summary>
    internal void Write(object message, OutboundType type)
    {
        buffer.BeginPayload();
        buffer.IsInSerializer = true;
        if (type.Json is null)
        {
            type.Serializer!.Serialize(message, buffer);
        }
        else
        {
            _json ??= new Utf8JsonWriter(buffer);
            _json.Reset();
            JsonSerializer.Serialize(_json, message, type.Json);
            _json.Flush();
        }

        buffer.IsInSerializer = false;
    }

    /// <summary>The payload of a message in an array of its own.</summary>
    internal byte[] WriteApart(object message, OutboundType type)
    {
        if (type.Serializer is not null)
        {
            Write(message, type);
            return buffer.Payload.ToArray();
        }

        var protobuf = (IMessage)message;
        var size = SizeOf(protobuf);
        if ((uint)size > (uint)maxMessageBytes)
        {
            throw new PayloadTooLargeException(size < 0 ? int.MaxValue : size);
        }

        var bytes = new byte[size];
        Write(protobuf, bytes);
        return bytes;
    }
}
