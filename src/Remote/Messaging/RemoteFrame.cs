using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Tells the hot frames from the cold ones: batches are decoded by hand, the others by the generated classes.</summary>
/// <remarks>
/// The generated classes make an object of two bytes, so what they are given is bounded here, and what they do not know they throw away: kept, every
/// unknown field is an object too, and nobody asks for one.
/// </remarks>
internal static class RemoteFrame
{
    /// <summary>
    /// The longest frame without a batch. The longest that a peer has reason to send is a TargetPause, with an id of up to 64 KiB
    /// (<see cref="InboundOptions.MaxPidBytes"/>); twice as much leaves room for fields that later versions may add.
    /// </summary>
    internal const int MaxOtherBytes = 128 * 1024;

    /// <summary>
    /// The longest ConnectRequest: Proto.Actor nodes list the ids of all nodes that they have ever blocked. There is room for 30,000 of 32
    /// characters, three times what is kept of them (<see cref="PeerBlockList.MaxAdvised"/>).
    /// </summary>
    internal const int MaxRequestBytes = 1024 * 1024;

    // Payloads are bytes here: their own unknown fields are not touched.
    private static readonly MessageParser<Wire.RemoteMessage> Parser = Wire.RemoteMessage.Parser.WithDiscardUnknownFields(true);

    /// <summary>Whether the message is for the <see cref="BatchDecoder"/>; otherwise it is parsed. It may have no case at all.</summary>
    /// <exception cref="MalformedFrameException">It is neither, or too long for what it is.</exception>
    internal static bool IsBatch(ReadOnlySpan<byte> message, [NotNullWhen(false)] out Wire.RemoteMessage? other)
    {
        other = null;
        if (message is [WireFormat.Batch.MessageBatch, ..] || BatchPieces.AreIn(message))
        {
            return true;
        }

        ThrowIfLonger(message, MaxOtherBytes);
        other = Parse(message);
        return false;
    }

    /// <summary>Reads the first message of a stream, of a peer that nobody has let in yet.</summary>
    /// <exception cref="MalformedFrameException">The bytes are no remote.RemoteMessage, or too many for a handshake.</exception>
    internal static Wire.RemoteMessage ParseHandshake(ReadOnlySpan<byte> message)
    {
        ThrowIfLonger(message, IsRequestAlone(message) ? MaxRequestBytes : MaxOtherBytes);
        return Parse(message);
    }

    /// <exception cref="MalformedFrameException">The bytes are no remote.RemoteMessage.</exception>
    internal static Wire.RemoteMessage Parse(ReadOnlySpan<byte> message)
    {
        try
        {
            return Parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new MalformedFrameException("The frame is no remote.RemoteMessage.", error);
        }
    }

    private static bool IsRequestAlone(ReadOnlySpan<byte> message)
    {
        var reader = new WireReader(message);
        return reader.TryReadTag(out var tag) && tag == WireFormat.ConnectRequest && reader.TryReadBytes(out _) && reader.End;
    }

    private static void ThrowIfLonger(ReadOnlySpan<byte> message, int most)
    {
        if (message.Length > most)
        {
            throw new MalformedFrameException($"A frame of its kind has at most {most} bytes; it has {message.Length}.");
        }
    }
}
