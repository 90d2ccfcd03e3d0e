using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Remote;

/// <summary>Tags and varints of the protobuf wire format, as far as the hand-written codec needs them.</summary>
internal static class WireFormat
{
    internal const int Varint = 0;
    internal const int Fixed64 = 1;
    internal const int LengthDelimited = 2;
    internal const int StartGroup = 3;
    internal const int EndGroup = 4;
    internal const int Fixed32 = 5;

    /// <summary>The longest varint: 64 bits in groups of seven.</summary>
    internal const int MaxVarintBytes = 10;

    /// <summary>The longest varint of a length: 32 bits in groups of seven.</summary>
    internal const int MaxLengthBytes = 5;

    /// <summary>Groups are only skipped here; those nested deeper than this are hostile.</summary>
    internal const int MaxGroupDepth = 16;

    /// <summary>Writes text: an unpaired surrogate is an error, never a silent U+FFFD.</summary>
    internal static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A member of remote.RemoteMessage.</summary>
    internal const byte ConnectRequest = (2 << 3) | LengthDelimited;

    /// <summary>The tags of remote.RemoteMessage and remote.MessageBatch.</summary>
    internal static class Batch
    {
        internal const byte MessageBatch = (1 << 3) | LengthDelimited;
        internal const byte TypeNames = (1 << 3) | LengthDelimited;
        internal const byte Targets = (2 << 3) | LengthDelimited;
        internal const byte Envelopes = (3 << 3) | LengthDelimited;
        internal const byte Senders = (4 << 3) | LengthDelimited;
        internal const uint Sequence = (100 << 3) | Varint;
        internal const uint Priority = (101 << 3) | Varint;
    }

    /// <summary>The tags of remote.MessageEnvelope.</summary>
    internal static class Envelope
    {
        internal const byte TypeId = (1 << 3) | Varint;
        internal const byte MessageData = (2 << 3) | LengthDelimited;
        internal const byte Target = (3 << 3) | Varint;
        internal const byte Sender = (4 << 3) | Varint;
        internal const byte SerializerId = (5 << 3) | Varint;
        internal const byte MessageHeader = (6 << 3) | LengthDelimited;
        internal const byte TargetRequestId = (7 << 3) | Varint;
        internal const byte SenderRequestId = (8 << 3) | Varint;
    }

    /// <summary>The tags of remote.MessageHeader and of its map entries.</summary>
    internal static class Header
    {
        internal const byte Entry = (1 << 3) | LengthDelimited;
        internal const byte Key = (1 << 3) | LengthDelimited;
        internal const byte Value = (2 << 3) | LengthDelimited;
    }

    /// <summary>The tags of actor.PID and of the core messages that hold one.</summary>
    internal static class Actor
    {
        internal const byte Address = (1 << 3) | LengthDelimited;
        internal const byte Id = (2 << 3) | LengthDelimited;
        internal const byte RequestId = (3 << 3) | Varint;

        /// <summary>Field 1 of Watch, Unwatch, Terminated, Touched and DeadLetterResponse.</summary>
        internal const byte Pid = (1 << 3) | LengthDelimited;

        /// <summary>Field 2 of Terminated.</summary>
        internal const byte Why = (2 << 3) | Varint;

        /// <summary>Field 100 of DeadLetterResponse.</summary>
        internal const uint Reason = (100 << 3) | LengthDelimited;
    }

    internal static int VarintSize(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) >> 6;

    /// <summary>Bytes of a one-byte tag, a length and that many bytes.</summary>
    internal static int DelimitedSize(int length) => 1 + VarintSize((uint)length) + length;

    /// <summary>Writes the value at the position and returns the position after it.</summary>
    internal static int WriteVarint(Span<byte> destination, int position, ulong value)
    {
        while (value >= 0x80)
        {
            destination[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[position++] = (byte)value;
        return position;
    }

    /// <summary>Writes a one-byte tag and a varint; returns the position after them.</summary>
    internal static int WriteField(Span<byte> destination, int position, byte tag, ulong value)
    {
        destination[position] = tag;
        return WriteVarint(destination, position + 1, value);
    }

    /// <summary>Writes a one-byte tag, the length and the UTF-8 bytes; the length was counted before.</summary>
    internal static int WriteText(Span<byte> destination, int position, byte tag, string text, int utf8Length)
    {
        position = WriteField(destination, position, tag, (uint)utf8Length);
        return position + StrictUtf8.GetBytes(text, destination.Slice(position, utf8Length));
    }

    /// <summary>Decodes text; false, without an exception, for bytes that are no UTF-8.</summary>
    internal static bool TryReadText(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        text = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        return text is not null;
    }
}
