using System.Buffers;
using System.Buffers.Binary;

namespace Remote.Transport;

/// <summary>Writes the five bytes that come before every gRPC message: a compression flag and the length, big-endian.</summary>
public static class GrpcFrameWriter
{
    /// <summary>The size of the prefix in bytes.</summary>
    public const int PrefixLength = 5;

    /// <summary>Writes the prefix of one message into the first five bytes of the destination.</summary>
    /// <param name="destination">At least five bytes.</param>
    /// <param name="messageLength">The length of the message that follows, in bytes.</param>
    /// <param name="compressed">Whether the message is compressed with the call's encoding.</param>
    public static void WritePrefix(Span<byte> destination, int messageLength, bool compressed = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(messageLength);
        destination[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..PrefixLength], (uint)messageLength);
    }

    /// <summary>Writes the prefix of one message.</summary>
    /// <param name="writer">Where the message goes next.</param>
    /// <param name="messageLength">Its length in bytes.</param>
    public static void WritePrefix(IBufferWriter<byte> writer, int messageLength)
    {
        ArgumentNullException.ThrowIfNull(writer);
        WritePrefix(writer.GetSpan(PrefixLength), messageLength);
        writer.Advance(PrefixLength);
    }
}
