using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>The last batch that the receiver of a link handed to its mailboxes, 0 before the first, and its credit.</summary>
internal readonly record struct LinkAck(ulong Accepted, LinkCredit Credit)
{
    /// <summary>The credit for priority messages; zero towards a peer that does not use it.</summary>
    public LinkCredit Priority { get; init; }
}

/// <summary>
/// The small frames of a link. Acknowledgements go out many times a second on every stream, so they are written into a buffer of the caller
/// and read without an allocation; the rest is rare and left to the generated classes.
/// </summary>
internal static class LinkFrames
{
    /// <summary>The longest acknowledgement: tag and length, five fields of a one-byte tag and a varint.</summary>
    public const int MaxAckBytes = AckHead + (5 * (1 + WireFormat.MaxVarintBytes));

    private const int AckHead = 3;
    private const uint AckTag = (100 << 3) | WireFormat.LengthDelimited;
    private const byte Accepted = (1 << 3) | WireFormat.Varint;
    private const byte CreditMessages = (2 << 3) | WireFormat.Varint;
    private const byte CreditBytes = (3 << 3) | WireFormat.Varint;
    private const byte PriorityMessages = (4 << 3) | WireFormat.Varint;
    private const byte PriorityBytes = (5 << 3) | WireFormat.Varint;

    // The two bytes of AckTag, and a length that still is one byte.
    private const byte AckTagFirst = unchecked((byte)AckTag) | 0x80;
    private const byte AckTagSecond = (byte)(AckTag >> 7);

    /// <summary>Writes an acknowledgement as a remote.RemoteMessage into at least <see cref="MaxAckBytes"/>.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteAck(Span<byte> destination, in LinkAck ack)
    {
        var position = WriteNumber(destination, AckHead, Accepted, ack.Accepted);
        position = WriteNumber(destination, position, CreditMessages, (ulong)ack.Credit.Messages);
        position = WriteNumber(destination, position, CreditBytes, (ulong)ack.Credit.Bytes);
        position = WriteNumber(destination, position, PriorityMessages, (ulong)ack.Priority.Messages);
        position = WriteNumber(destination, position, PriorityBytes, (ulong)ack.Priority.Bytes);
        destination[0] = AckTagFirst;
        destination[1] = AckTagSecond;
        destination[2] = (byte)(position - AckHead);
        return position;
    }

    /// <summary>
    /// Reads one remote.RemoteMessage if it is an acknowledgement in the form that we write. Other forms of the same are left to
    /// <see cref="RemoteFrame.Parse"/> and <see cref="Read"/>.
    /// </summary>
    public static bool TryReadAck(ReadOnlySpan<byte> message, out LinkAck ack)
    {
        ack = default;
        return message.Length <= MaxAckBytes && message is [AckTagFirst, AckTagSecond, var length, .. var fields]
            && length == fields.Length && TryReadFields(fields, out ack);
    }

    public static LinkAck Read(Wire.Acknowledgement message) => new(message.Accepted, Credit(message.CreditMessages, message.CreditBytes))
    {
        Priority = Credit(message.PriorityMessages, message.PriorityBytes),
    };

    /// <summary>A total on the wire is wider than ours; a larger one means no limit in practice.</summary>
    public static long Total(ulong value) => (long)Math.Min(value, long.MaxValue);

    public static byte[] Leave(ulong finalSequence) =>
        new Wire.RemoteMessage { Leave = new Wire.Leave { FinalSequence = finalSequence } }.ToByteArray();

    /// <summary>A numbered batch with nothing in it.</summary>
    public static byte[] EmptyBatch(ulong sequence) =>
        new Wire.RemoteMessage { MessageBatch = new Wire.MessageBatch { Sequence = sequence } }.ToByteArray();

    public static byte[] TargetPause(string targetId, bool isPaused) =>
        new Wire.RemoteMessage { TargetPause = new Wire.TargetPause { TargetId = targetId, Paused = isPaused } }.ToByteArray();

    private static bool TryReadFields(ReadOnlySpan<byte> bytes, out LinkAck ack)
    {
        var reader = new WireReader(bytes);
        ulong accepted = 0, messages = 0, octets = 0, priorityMessages = 0, priorityOctets = 0;
        ack = default;
        while (!reader.End)
        {
            var read = reader.TryReadTag(out var tag) && tag switch
            {
                Accepted => reader.TryReadVarint(out accepted),
                CreditMessages => reader.TryReadVarint(out messages),
                CreditBytes => reader.TryReadVarint(out octets),
                PriorityMessages => reader.TryReadVarint(out priorityMessages),
                PriorityBytes => reader.TryReadVarint(out priorityOctets),
                _ => reader.TrySkip(tag),
            };
            if (!read)
            {
                return false;
            }
        }

        ack = new LinkAck(accepted, Credit(messages, octets)) { Priority = Credit(priorityMessages, priorityOctets) };
        return true;
    }

    private static LinkCredit Credit(ulong messages, ulong bytes) => new(Total(messages), Total(bytes));

    private static int WriteNumber(Span<byte> destination, int position, byte tag, ulong value) =>
        value == 0 ? position : WireFormat.WriteField(destination, position, tag, value);
}
