using System.Text.Json;
using Google.Protobuf;
using Remote.Actors;

namespace Remote;

/// <summary>Makes messages out of payloads, and translates the PIDs in those that belong to the actor core.</summary>
internal sealed class MessageReader(InboundTranslation translation)
{
    private readonly Action<Protocol.PID> _translatePid = pid =>
    {
        var translated = translation.Translate(pid.Address, pid.Id);
        (pid.Address, pid.Id) = (translated.Address, translated.Id);
    };

    /// <summary>Reads the payload; null when that fails, with the reason and the exception of the serializer, if it threw.</summary>
    internal object? Read(InboundName name, in EnvelopeReader envelope, in WireSlice slice, out EnvelopeFault fault, out Exception? error)
    {
        fault = EnvelopeFault.UnknownType;
        error = null;
        try
        {
            // A serializer of the application is asked whether it knows the name, and may throw at it.
            if (name.Find(envelope.SerializerId) is not { } type)
            {
                return null;
            }

            fault = EnvelopeFault.Malformed;
            var payload = envelope.Payload;
            return type switch
            {
                { Parser: { } parser } => Translate(parser.ParseFrom(payload), type.Pids),
                { Json: { } json } => JsonSerializer.Deserialize(payload, json),
                { Serializer: { } serializer } => serializer.Deserialize(name.Name, slice.Slice(envelope.PayloadOffset, payload.Length)),
                _ => ReadCore(type.Core!, payload),
            };
        }
        catch (Exception thrown)
        {
            // Any exception of a serializer at bytes of the network is the fault of those bytes.
            error = thrown;
            return null;
        }
    }

    private object? ReadCore(CoreMessages.Make make, ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        PID? pid = null;
        uint why = 0;
        ReadOnlySpan<byte> reason = default;
        while (!reader.End)
        {
            var read = reader.TryReadTag(out var tag) && tag switch
            {
                WireFormat.Actor.Pid => TryReadPid(ref reader, out pid),
                WireFormat.Actor.Why => reader.TryReadUInt32(out why),
                WireFormat.Actor.Reason => reader.TryReadBytes(out reason),
                _ => reader.TrySkip(tag),
            };
            if (!read)
            {
                return null;
            }
        }

        return make(pid, why, DeadLetterReasonNames.Find(reason));
    }

    private bool TryReadPid(ref WireReader reader, out PID? pid)
    {
        var read = reader.TryReadBytes(out var bytes) & ReadPid.TryRead(bytes, out var raw);
        pid = read ? translation.Translate(raw) : null;
        return read;
    }

    private IMessage Translate(IMessage message, EmbeddedPids? pids)
    {
        pids?.ForEach(message, _translatePid);
        return message;
    }
}
