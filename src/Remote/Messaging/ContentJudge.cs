using Google.Protobuf;
using Proto;
using Proto.Mailbox;
using Proto.Remote;
using MessageEnvelope = Proto.MessageEnvelope;

namespace Remote;

/// <summary>
/// Judges the messages that a message of a peer brings along: a mailbox gives them to its actor one by one, and nobody looks at them on the
/// way. So what is judged by its target, or by a hook, has to come by itself. And what a message names goes through everything that a message
/// of that name does, before the class of the carrier reads it with Proto.Remote's serialization, which refuses nothing.
/// </summary>
internal sealed class ContentJudge(SerializerRegistry registry, InboundTranslation translation, InboundLimits limits)
{
    private readonly Func<PID, bool> _translatePid = translation.TranslatePart;

    /// <summary>
    /// Whether messages of the class come by themselves only: system messages and batches, what stops an actor or spawns one, and what says
    /// that a message was not delivered.
    /// </summary>
    internal static bool IsBarred(Type type) =>
        type.IsAssignableTo(typeof(SystemMessage)) || type.IsAssignableTo(typeof(IMessageBatch))
        || type == typeof(PoisonPill) || type == typeof(ActorPidRequest) || type == typeof(DeadLetterResponse);

    /// <summary>Counts what a payload brings along, before it is parsed.</summary>
    /// <exception cref="RefusedContentException">It is too much.</exception>
    internal void Count(PackedMessages packed, ReadOnlySpan<byte> payload)
    {
        if (!packed.IsWithin(limits.Envelopes, payload))
        {
            throw TooMany();
        }
    }

    /// <summary>The message that this one stands for, or this one itself; null when it may come from no other node.</summary>
    /// <exception cref="RefusedContentException">It brings something along that may not come that way.</exception>
    internal object? Unfold(object? message)
    {
        if (message is IRootSerialized root)
        {
            if (root is IMessage transport && registry.PackedIn(transport.Descriptor) is { } packed)
            {
                Judge(transport, packed);
            }

            message = registry.FromSerialized(root);
        }

        if (message is IMessageBatch batch)
        {
            Judge(batch);
        }

        // Only the core's own messages reach the system lane of an actor.
        return message is SystemMessage ? null : message;
    }

    private void Judge(IMessage transport, PackedMessages packed)
    {
        var left = limits.Envelopes;

        // Each name once: the longest are judged anew whenever they are asked about.
        var types = new Dictionary<(string Name, int SerializerId), InboundType>();
        packed.ForEach(transport, content =>
        {
            if (--left < 0)
            {
                throw TooMany();
            }

            if (!types.TryGetValue((content.Name, content.SerializerId), out var type))
            {
                type = Find(content);
                types.Add((content.Name, content.SerializerId), type);
            }

            return Judge(content, type);
        });
    }

    private InboundType Find(PackedMessage content)
    {
        if (content.Name.Length > limits.TypeNameBytes)
        {
            throw Malformed("A message in it has a name that is longer than Inbound.MaxTypeNameBytes.");
        }

        var type = registry.FindInbound(content.Name, content.SerializerId, content.Bytes.Span);
        return type.Refusal is { } refusal ? throw Unknown(content, refusal) : type;
    }

    private PackedMessage Judge(PackedMessage content, InboundType type) => type switch
    {
        { Core: not null } or { IsBarred: true } => throw Barred(content.Name),
        { Json: { } json } => IsBarred(json.Type) ? throw Barred(content.Name) : WithOneName(content, json.Type.AssemblyQualifiedName!),
        { ProtobufJson: not null } => throw Unknown(content, "The JSON of protobuf messages is not read there."),
        { Parser: { } parser, Pids: { } pids } => Translate(content, parser, pids),
        { Opaque: { } name } => Read(content, name),
        _ => content,
    };

    // Proto.Remote looks the name of a JSON type up as it is, and keeps every spelling.
    private static PackedMessage WithOneName(PackedMessage content, string name) => content with { Name = name };

    private PackedMessage Translate(PackedMessage content, MessageParser parser, EmbeddedPids pids)
    {
        var message = parser.ParseFrom(content.Bytes);
        return pids.ForEach(message, _translatePid, isOfPeer: true) ? content with { Bytes = message.ToByteString() } : content;
    }

    /// <summary>
    /// Only the serializer knows what it makes of bytes, and not every message shows what it holds once it is read. So these bytes are read twice.
    /// </summary>
    private PackedMessage Read(PackedMessage content, string name)
    {
        Judge(registry.Deserialize(name, content.SerializerId, content.Bytes.Span));
        return WithOneName(content, name);
    }

    private void Judge(IMessageBatch batch)
    {
        var left = limits.Envelopes;
        foreach (var content in batch.GetMessages())
        {
            if (--left < 0)
            {
                throw TooMany();
            }

            Judge(content);
        }
    }

    private void Judge(object? content)
    {
        if (content is MessageEnvelope envelope)
        {
            if (envelope.Sender is { } sender)
            {
                // A copy: the application may use the PID itself elsewhere.
                translation.TranslatePart(new PID(sender.Address, sender.Id));
            }

            content = envelope.Message;
        }

        if (content is MessageEnvelope || (content is not null && IsBarred(content.GetType())))
        {
            throw Barred(content.GetType().Name);
        }
    }

    private RefusedContentException TooMany() =>
        Malformed($"It holds more than {limits.Envelopes} messages (Inbound.MaxBatchMessages), or something that is no field.");

    private static RefusedContentException Barred(string name) =>
        Malformed($"It holds a message '{name}', which other nodes may send by itself only.");

    private static RefusedContentException Malformed(string why) => new(EnvelopeFault.Malformed, why);

    private static RefusedContentException Unknown(PackedMessage content, string why) =>
        new(EnvelopeFault.UnknownType, $"It holds a message '{content.Name}'. {why}");
}
