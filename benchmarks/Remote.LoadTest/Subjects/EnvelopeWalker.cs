using System.Buffers;

namespace Remote.LoadTest;

/// <summary>
/// Steps from envelope to envelope through a batch and counts them: the least that any receiver of these frames does.
/// </summary>
internal sealed class EnvelopeWalker
{
    // Small frames are walked in one piece even when they lie in several: copying 64 KiB costs less than going piecewise
    // over the thousands of small envelopes in them. In a larger frame the envelopes are large and few.
    private const int CopyLimit = 64 * 1024;
    private const byte BatchTag = 0x0A, EnvelopeTag = 0x1A, WireTypeMask = 0x07, LengthDelimited = 2;

    private readonly byte[] _copy = new byte[CopyLimit];

    /// <summary>The number of envelopes in one remote.RemoteMessage that holds one batch.</summary>
    public int Count(in ReadOnlySequence<byte> message)
    {
        if (message.IsSingleSegment)
        {
            return CountSpan(message.FirstSpan);
        }

        if (message.Length > CopyLimit)
        {
            return CountSegments(message);
        }

        message.CopyTo(_copy);
        return CountSpan(_copy.AsSpan(0, (int)message.Length));
    }

    private static int CountSpan(ReadOnlySpan<byte> bytes)
    {
        var position = 0;
        if (bytes[position++] != BatchTag || ReadLength(bytes, ref position) != bytes.Length - position)
        {
            throw new LoadTestException("The frame is no batch.");
        }

        var count = 0;
        while (position < bytes.Length)
        {
            var tag = bytes[position++];
            if ((tag & WireTypeMask) != LengthDelimited)
            {
                throw new LoadTestException("The batch holds something unexpected.");
            }

            var length = ReadLength(bytes, ref position);
            if (length > bytes.Length - position)
            {
                throw new LoadTestException("An envelope is cut off.");
            }

            position += length;
            if (tag == EnvelopeTag)
            {
                count++;
            }
        }

        return count;
    }

    private static int ReadLength(ReadOnlySpan<byte> bytes, ref int position)
    {
        int value = bytes[position++];
        if (value < 0x80)
        {
            return value;
        }

        value &= 0x7F;
        for (var shift = 7; ; shift += 7)
        {
            int next = bytes[position++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    private static int CountSegments(in ReadOnlySequence<byte> message)
    {
        var reader = new SequenceReader<byte>(message);
        if (!reader.TryRead(out var first) || first != BatchTag || ReadLength(ref reader) != reader.Remaining)
        {
            throw new LoadTestException("The frame is no batch.");
        }

        var count = 0;
        while (reader.TryRead(out var tag))
        {
            if ((tag & WireTypeMask) != LengthDelimited)
            {
                throw new LoadTestException("The batch holds something unexpected.");
            }

            reader.Advance(ReadLength(ref reader));
            if (tag == EnvelopeTag)
            {
                count++;
            }
        }

        return count;
    }

    private static int ReadLength(ref SequenceReader<byte> reader)
    {
        var value = 0;
        for (var shift = 0; reader.TryRead(out var next); shift += 7)
        {
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new LoadTestException("A length is cut off.");
    }
}
