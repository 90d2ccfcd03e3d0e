using Wire = Remote.Protocol;

namespace Remote;

/// <summary>
/// Batches that share their frame with other fields, or are written in several pieces: legal protobuf that no implementation sends. One behind the
/// other the pieces of a message are the message, so they are joined here, and the decoder reads the result within its limits like any batch. The
/// generated classes would have made objects of all its envelopes before anybody could count them.
/// </summary>
internal static class BatchPieces
{
    private const int None = -1;

    /// <summary>Whether the frame holds a batch. As in the generated classes the last member of the message counts.</summary>
    /// <exception cref="MalformedFrameException">The bytes are no remote.RemoteMessage.</exception>
    internal static bool AreIn(ReadOnlySpan<byte> frame) => Walk(frame, joined: default) != None;

    /// <summary>Copies the pieces behind each other.</summary>
    /// <returns>A remote.MessageBatch.</returns>
    /// <exception cref="MalformedFrameException">The frame holds no batch, or the bytes are no remote.RemoteMessage.</exception>
    internal static ReadOnlySpan<byte> Join(ReadOnlySpan<byte> frame)
    {
        Span<byte> joined = new byte[frame.Length];
        var length = Walk(frame, joined);
        return length != None ? joined[..length] : throw new MalformedFrameException("The frame holds no batch.");
    }

    /// <summary>Walks the fields of the frame, and copies the pieces of the batch unless there is nothing to copy them to.</summary>
    /// <returns>How many bytes the batch has.</returns>
    private static int Walk(ReadOnlySpan<byte> frame, Span<byte> joined)
    {
        var reader = new WireReader(frame);
        var length = None;
        while (!reader.End)
        {
            Check(reader.TryReadTag(out var tag));
            if (tag == WireFormat.Batch.MessageBatch)
            {
                Check(reader.TryReadBytes(out var piece));
                length = Math.Max(length, 0);
                if (!joined.IsEmpty)
                {
                    CheckWhole(piece);
                    piece.CopyTo(joined[length..]);
                }

                length += piece.Length;
            }
            else
            {
                Check(reader.TrySkip(tag));
                length = IsOtherMember(tag) ? None : length;
            }
        }

        return length;
    }

    /// <summary>A piece that is cut off must not be completed by the next one.</summary>
    private static void CheckWhole(ReadOnlySpan<byte> piece)
    {
        var reader = new WireReader(piece);
        while (!reader.End)
        {
            Check(reader.TryReadTag(out var tag) && reader.TrySkip(tag));
        }
    }

    /// <summary>Whether the field takes the place of a batch that stands before it: all members of the message are one oneof.</summary>
    private static bool IsOtherMember(uint tag) =>
        (tag & 7) == WireFormat.LengthDelimited && Wire.RemoteMessage.Descriptor.FindFieldByNumber((int)(tag >> 3)) is not null;

    private static void Check(bool read)
    {
        if (!read)
        {
            throw new MalformedFrameException("The frame is no remote.RemoteMessage.");
        }
    }
}
