using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Proto;
using JsonSerializer = System.Text.Json.JsonSerializer;

namespace Remote;

/// <summary>Makes messages out of payloads, and translates the PIDs in them.</summary>
internal sealed class MessageReader(SerializerRegistry registry, InboundTranslation translation, InboundLimits limits)
{
    private const string NoSuchMessage = "The payload is no such message.";

    private readonly Func<PID, bool> _translatePid = translation.TranslatePart;
    private readonly ContentJudge _contents = new(registry, translation, limits);

    /// <summary>Reads the payload; null when that fails, with the reason and the exception of the serializer, if it threw.</summary>
    internal object? Read(InboundName name, in EnvelopeReader envelope, out ReadFailure failure)
    {
        try
        {
            var type = name.Find(envelope.SerializerId, envelope.Payload);
            if (type.Refusal is { } refusal)
            {
                failure = new ReadFailure(EnvelopeFault.UnknownType, refusal);
                return null;
            }

            failure = new ReadFailure(EnvelopeFault.Malformed, NoSuchMessage);
            return type switch
            {
                { IsUnfolded: true } => ReadUnfolded(type, envelope.Payload),
                { Parser: { } parser } => Complete(parser.ParseFrom(envelope.Payload), type),
                { Core: { } make } => ReadCore(make, envelope.Payload),
                _ => ReadOther(type, envelope),
            };
        }
        catch (UnknownSerializerException unknown)
        {
            failure = new ReadFailure(EnvelopeFault.UnknownType, unknown.Message);
            return null;
        }
        catch (RefusedContentException refused)
        {
            failure = new ReadFailure(refused.Fault, refused.Message);
            return null;
        }
        catch (Exception thrown)
        {
            // Any exception of a serializer at bytes of the network is the fault of those bytes.
            failure = new ReadFailure(EnvelopeFault.Malformed, NoSuchMessage, thrown);
            return null;
        }
    }

    private static object ReadProtobufJson(MessageDescriptor type, ReadOnlySpan<byte> payload) =>
        JsonParser.Default.Parse(Encoding.UTF8.GetString(payload), type);

    private IMessage Complete(IMessage message, InboundType type)
    {
        type.Pids?.ForEach(message, _translatePid, isOfPeer: true);
        return message;
    }

    private object? ReadUnfolded(InboundType type, ReadOnlySpan<byte> payload)
    {
        if (type.Packed is { } packed)
        {
            _contents.Count(packed, payload);
        }

        return _contents.Unfold(Complete(type.Parser!.ParseFrom(payload), type));
    }

    private object? ReadOther(InboundType type, in EnvelopeReader envelope)
    {
        var message = type switch
        {
            { Json: { } json } => JsonSerializer.Deserialize(envelope.Payload, json),
            { ProtobufJson: { } descriptor } => ReadProtobufJson(descriptor, envelope.Payload),
            _ => registry.Deserialize(type.Opaque!, envelope.SerializerId, envelope.Payload),
        };
        return _contents.Unfold(message);
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

        var message = make(pid, why, DeadLetterReasonNames.Find(reason));
        if (pid is not null)
        {
            translation.LearnedPart(pid, message is Watch or Unwatch ? DialOrigin.Watch : DialOrigin.Message);
        }

        return message;
    }

    private bool TryReadPid(ref WireReader reader, out PID? pid)
    {
        var read = reader.TryReadBytes(out var bytes) & ReadPid.TryRead(bytes, out var raw);
        pid = read ? translation.Translate(raw) : null;
        return read;
    }
}

/// <summary>Why a payload could not be read.</summary>
/// <param name="Fault">The same for the sender.</param>
/// <param name="Detail">The same for people.</param>
/// <param name="Error">The exception of the serializer.</param>
internal readonly record struct ReadFailure(EnvelopeFault Fault, string Detail, Exception? Error = null);
