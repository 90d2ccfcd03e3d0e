using System.Buffers;
using System.Text;

namespace WordCount;

/// <summary>Finds the places in UTF-8 text where it can be cut without cutting a word or a character.</summary>
internal static class WordBoundary
{
    /// <summary>ASCII bytes that belong to no word. Each of them ends whatever came before, valid UTF-8 or not.</summary>
    public static readonly SearchValues<byte> AsciiSeparators = SearchValues.Create(
        [.. Enumerable.Range(0, 128).Where(value => !char.IsAsciiLetterOrDigit((char)value)).Select(value => (byte)value)]);

    // Ordinary text has a space or a line break within its last bytes; other scripts are decoded rune by rune.
    private const int AsciiSearchBytes = 4096;

    /// <summary>The length of the longest beginning that ends between two words; 0 if there is none.</summary>
    /// <param name="text">Begins between two words; more text may follow it.</param>
    public static int LastCut(ReadOnlySpan<byte> text)
    {
        var searched = Math.Max(0, text.Length - AsciiSearchBytes);
        var separator = text[searched..].LastIndexOfAny(AsciiSeparators);
        return separator >= 0 ? searched + separator + 1 : LastCutByDecoding(text);
    }

    private static int LastCutByDecoding(ReadOnlySpan<byte> text)
    {
        var cut = 0;
        var position = 0;
        while (position < text.Length)
        {
            var status = Rune.DecodeFromUtf8(text[position..], out var rune, out var consumed);
            if (status == OperationStatus.NeedMoreData)
            {
                // The rest of this character is still to come; what it is nobody knows yet.
                break;
            }

            position += consumed;
            if (!Rune.IsLetterOrDigit(rune))
            {
                cut = position;
            }
        }

        return cut;
    }
}
