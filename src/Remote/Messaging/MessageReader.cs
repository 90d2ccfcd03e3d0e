using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Google.Protobuf;
using Remote.Actors;

namespace Remote;

/// <summary>Makes messages out of payloads, and translates the PIDs in those that belong to the actor core.</summary>
internal sealed class MessageReader(InboundTranslation translation)
{
    private readonly Func<Protocol.PID, (string Address, string Id)> _translatePid = pid =>
    {
        var translated = translation.Translate(pid.Address, pid.Id);
        return (translated.Address, translated.Id);
    };

    /// <summary>Reads the payload, or says what its serializer threw, if it did.</summary>
    internal bool TryRead(
        InboundType type,
        ReadOnlySpan<byte> payload,
        in WireSlice slice,
        int offset,
        [NotNullWhen(true)] out object? message,
        out Exception? error)
    {
        error = null;
        try
        {
            message = type.Kind switch
            {
                InboundKind.Protobuf => type.Parser!.ParseFrom(payload),
                InboundKind.ProtobufWithPids => Translate(type.Parser!.ParseFrom(payload), type.Pids!),
                InboundKind.Json => JsonSerializer.Deserialize(payload, type.Json!),
                InboundKind.Custom => type.Serializer!.Deserialize(type.Name, slice.Slice(offset, payload.Length)),
                _ => ReadCore(type.Kind, payload),
            };
        }
        catch (Exception thrown)
        {
            // Whatever a serializer throws at bytes of the network is the fault of those bytes.
            message = null;
            error = thrown;
        }

        return message is not null;
    }

    private object? ReadCore(InboundKind kind, ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        PID? pid = null;
        ulong why = 0;
        ReadOnlySpan<byte> reason = default;
        while (!reader.End)
        {
            if (!reader.TryReadTag(out var tag))
            {
                return null;
            }

            bool read;
            switch (tag)
            {
                case WireFormat.Actor.Pid:
                    read = TryReadPid(ref reader, out pid);
                    break;
                case WireFormat.Actor.Why:
                    read = reader.TryReadVarint(out why);
                    break;
                case WireFormat.Actor.Reason:
                    read = reader.TryReadBytes(out reason);
                    break;
                default:
                    read = reader.TrySkip(tag);
                    break;
            }

            if (!read)
            {
                return null;
            }
        }

        return CoreMessages.Make(kind, pid, (uint)why, reason.IsEmpty ? DeadLetterReason.NoSuchProcess : DeadLetterReasonNames.Find(reason));
    }

    private bool TryReadPid(ref WireReader reader, out PID? pid)
    {
        var read = reader.TryReadBytes(out var bytes) & PidReader.TryRead(bytes, out var raw);
        pid = read ? translation.Translate(raw) : null;
        return read;
    }

    private IMessage Translate(IMessage message, EmbeddedPids pids)
    {
        pids.Replace(message, _translatePid);
        return message;
    }
}
