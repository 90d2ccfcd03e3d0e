using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace WordCount;

/// <summary>
/// Counts the words of UTF-8 text. A word is a maximal run of letters and digits (<see cref="Rune.IsLetterOrDigit"/>), in lower
/// case (<see cref="Rune.ToLowerInvariant"/>). Invalid bytes belong to no word.
/// </summary>
internal sealed class WordCounter
{
    // The lower-case form of every ASCII letter and digit; 0 for what belongs to no word. Most text is ASCII, and looking a
    // byte up here is several times faster than decoding it.
    private static readonly char[] AsciiLower = [.. Enumerable.Range(0, 128).Select(LowerOrZero)];

    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    public WordCounter() => _bySpan = _counts.GetAlternateLookup<ReadOnlySpan<char>>();

    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Adds the words of a text that begins and ends between two words.</summary>
    public void Add(ReadOnlySpan<byte> utf8)
    {
        // A byte yields at most one char of a word, so this is always large enough.
        var word = ArrayPool<char>.Shared.Rent(utf8.Length + 1);
        Add(utf8, word);
        ArrayPool<char>.Shared.Return(word);
    }

    private void Add(ReadOnlySpan<byte> utf8, Span<char> word)
    {
        var length = 0;
        var position = 0;
        while (position < utf8.Length)
        {
            if (utf8[position] < 0x80)
            {
                var lower = AsciiLower[utf8[position++]];
                if (lower != 0)
                {
                    word[length++] = lower;
                    continue;
                }
            }
            else
            {
                Rune.DecodeFromUtf8(utf8[position..], out var rune, out var consumed);
                position += consumed;
                if (Rune.IsLetterOrDigit(rune))
                {
                    length += Rune.ToLowerInvariant(rune).EncodeToUtf16(word[length..]);
                    continue;
                }
            }

            EndWord(word[..length]);
            length = 0;
        }

        EndWord(word[..length]);
    }

    private void EndWord(ReadOnlySpan<char> word)
    {
        if (!word.IsEmpty)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_bySpan, word, out _)++;
        }
    }

    private static char LowerOrZero(int ascii) =>
        char.IsAsciiLetterOrDigit((char)ascii) ? char.ToLowerInvariant((char)ascii) : '\0';
}
