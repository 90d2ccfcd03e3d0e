using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Tells the hot frames from the cold ones: batches are decoded by hand, the others by the generated classes.</summary>
internal static class RemoteFrame
{
    /// <summary>Whether the message is for the <see cref="BatchDecoder"/>; otherwise it is parsed. It may have no case at all.</summary>
    /// <exception cref="MalformedFrameException">It is neither.</exception>
    internal static bool IsBatch(ReadOnlySpan<byte> message, [NotNullWhen(false)] out Wire.RemoteMessage? other)
    {
        other = null;
        if (message is [WireFormat.Batch.MessageBatch, ..])
        {
            return true;
        }

        other = Parse(message);
        return other.MessageTypeCase == Wire.RemoteMessage.MessageTypeOneofCase.MessageBatch;
    }

    /// <exception cref="MalformedFrameException">The bytes are no remote.RemoteMessage.</exception>
    internal static Wire.RemoteMessage Parse(ReadOnlySpan<byte> message)
    {
        try
        {
            return Wire.RemoteMessage.Parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new MalformedFrameException("The frame is no remote.RemoteMessage.", error);
        }
    }
}
