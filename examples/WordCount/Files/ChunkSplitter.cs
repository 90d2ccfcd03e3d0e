using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace WordCount;

/// <summary>Cuts one text into pieces between words, holding one piece at a time.</summary>
internal static class ChunkSplitter
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>
    /// Pieces of at most <paramref name="chunkBytes"/>, except where one word is longer: that word comes in a larger piece.
    /// </summary>
    public static async IAsyncEnumerable<ByteString> SplitAsync(
        Stream text, int chunkBytes, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var buffer = new byte[chunkBytes];
        var filled = 0;
        var atStart = true;
        while (true)
        {
            filled += await text.ReadAtLeastAsync(buffer.AsMemory(filled), buffer.Length - filled, throwOnEndOfStream: false, cancellation);
            if (atStart && buffer.AsSpan(0, filled).StartsWith(ByteOrderMark))
            {
                filled = Keep(buffer, ByteOrderMark.Length, filled);
                atStart = false;
                continue;
            }

            atStart = false;
            var ended = filled < buffer.Length;
            var cut = ended ? filled : WordBoundary.LastCut(buffer);
            if (cut > 0)
            {
                yield return ByteString.CopyFrom(buffer.AsSpan(0, cut));
                filled = Keep(buffer, cut, filled);
            }

            if (ended)
            {
                yield break;
            }

            buffer = Resize(buffer, filled, chunkBytes);
        }
    }

    private static int Keep(byte[] buffer, int from, int to)
    {
        buffer.AsSpan(from, to - from).CopyTo(buffer);
        return to - from;
    }

    // A word that fills the buffer makes it grow; once the word has gone the usual size is enough again.
    private static byte[] Resize(byte[] buffer, int filled, int chunkBytes)
    {
        var wanted = chunkBytes;
        while (wanted <= filled)
        {
            wanted *= 2;
        }

        if (wanted != buffer.Length)
        {
            Array.Resize(ref buffer, wanted);
        }

        return buffer;
    }
}
