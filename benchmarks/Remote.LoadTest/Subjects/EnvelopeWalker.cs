namespace Remote.LoadTest;

/// <summary>
/// Steps from envelope to envelope through a batch and counts them: the least that any receiver of these frames does.
/// </summary>
internal static class EnvelopeWalker
{
    private const byte BatchTag = 0x0A, EnvelopeTag = 0x1A, WireTypeMask = 0x07, LengthDelimited = 2;

    /// <summary>The number of envelopes in one remote.RemoteMessage that holds one batch.</summary>
    public static int Count(ReadOnlySpan<byte> bytes)
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
}
