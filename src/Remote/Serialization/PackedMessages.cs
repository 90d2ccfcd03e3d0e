using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Remote;

/// <summary>
/// Finds the messages that a protobuf message carries as names and bytes, as the batches of Proto.Cluster's pub-sub do: its class reads them, past
/// everything that a message goes through which comes by itself. They are known by their schema, which is that of a batch on the wire: type_names,
/// and beside it envelopes with a type_id, a serializer_id and message_data. Immutable.
/// </summary>
internal sealed class PackedMessages
{
    /// <summary>Messages nested deeper than protobuf's own readers allow are refused by them.</summary>
    private const int MaxDepth = 100;

    private readonly Holder _root;

    private PackedMessages(Holder root) => _root = root;

    /// <summary>Null when no message of this type carries others.</summary>
    internal static PackedMessages? Of(MessageDescriptor message)
    {
        var holders = new Dictionary<MessageDescriptor, Holder>();
        var root = Find(message, holders);
        while (holders.Values.Any(holder => holder.TryLead()))
        {
            // A type leads to others after one of its fields does.
        }

        return root.Leads ? new PackedMessages(root) : null;
    }

    /// <summary>
    /// Whether there are so many or fewer, told before an object is made of each: two bytes are enough for one. Bytes that are no message are too many.
    /// </summary>
    internal bool IsWithin(int max, ReadOnlySpan<byte> payload) => _root.TryCount(payload, ref max, 0);

    /// <summary>Calls the visitor with each; what it returns takes the place of what it was given.</summary>
    internal void ForEach(IMessage message, Func<PackedMessage, PackedMessage> visitor) => _root.Visit(message, visitor);

    private static Holder Find(MessageDescriptor message, Dictionary<MessageDescriptor, Holder> holders)
    {
        if (holders.TryGetValue(message, out var known))
        {
            return known;
        }

        var holder = new Holder(PackedTable.Of(message));
        holders.Add(message, holder);
        foreach (var field in message.Fields.InDeclarationOrder().Where(field => field is { FieldType: FieldType.Message, IsMap: false }))
        {
            holder.Fields.Add((field, Find(field.MessageType, holders)));
        }

        return holder;
    }

    /// <summary>A type that is looked into.</summary>
    private sealed class Holder(PackedTable? table)
    {
        public List<(FieldDescriptor Field, Holder Inner)> Fields { get; } = [];

        /// <summary>Whether it carries messages, or one of its fields does.</summary>
        public bool Leads { get; private set; } = table is not null;

        public bool TryLead() => !Leads && (Leads = Fields.Any(field => field.Inner.Leads));

        public bool TryCount(ReadOnlySpan<byte> bytes, ref int left, int depth)
        {
            var reader = new WireReader(bytes);
            while (!reader.End)
            {
                if (!reader.TryReadTag(out var tag))
                {
                    return false;
                }

                if ((tag & 7) != WireFormat.LengthDelimited)
                {
                    if (!reader.TrySkip(tag))
                    {
                        return false;
                    }
                }
                else if (!reader.TryReadBytes(out var value) || !TryCount((int)(tag >> 3), value, ref left, depth))
                {
                    return false;
                }
            }

            return true;
        }

        public void Visit(IMessage message, Func<PackedMessage, PackedMessage> visitor)
        {
            foreach (var (field, inner) in Fields)
            {
                if (inner.Leads)
                {
                    VisitField(field.Accessor.GetValue(message), inner, visitor);
                }
            }

            table?.ForEach(message, visitor);
        }

        private static void VisitField(object? value, Holder inner, Func<PackedMessage, PackedMessage> visitor)
        {
            if (value is IMessage one)
            {
                inner.Visit(one, visitor);
            }
            else if (value is IList many)
            {
                foreach (IMessage each in many)
                {
                    inner.Visit(each, visitor);
                }
            }
        }

        private bool TryCount(int number, ReadOnlySpan<byte> value, ref int left, int depth)
        {
            if (number == table?.EnvelopesNumber)
            {
                return --left >= 0;
            }

            foreach (var (field, inner) in Fields)
            {
                if (field.FieldNumber == number && inner.Leads)
                {
                    return depth < MaxDepth && inner.TryCount(value, ref left, depth + 1);
                }
            }

            return true;
        }
    }
}

/// <summary>A message as names and bytes.</summary>
/// <param name="Name">Its type.</param>
/// <param name="SerializerId">Its serializer.</param>
/// <param name="Bytes">Its payload.</param>
internal readonly record struct PackedMessage(string Name, int SerializerId, ByteString Bytes);
