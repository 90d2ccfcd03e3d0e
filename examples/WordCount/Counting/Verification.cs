using System.Text;

namespace WordCount;

/// <summary>
/// Counts the same files once more in this process, the plain way: no chunks, no fast paths, and no code shared with
/// <see cref="WordCounter"/>.
/// </summary>
internal static class Verification
{
    public static async Task<WordTotals> CountAsync(IReadOnlyList<FoundFile> files, CancellationToken cancellation = default)
    {
        var totals = new WordTotals();
        foreach (var file in files)
        {
            var (text, _) = await CorpusReader.OpenAsync(file, cancellation);
            if (text is not null)
            {
                using var reader = new StreamReader(text, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
                await CountAsync(reader, totals, cancellation);
            }
        }

        return totals;
    }

    /// <summary>The first words, in ordinal order, that two counts disagree about; empty when they are equal.</summary>
    public static IReadOnlyList<string> Differences(WordTotals counted, WordTotals expected, int atMost) =>
    [
        .. counted.Counts.Keys.Union(expected.Counts.Keys)
            .Select(word => (Word: word, Counted: counted.Counts.GetValueOrDefault(word), Expected: expected.Counts.GetValueOrDefault(word)))
            .Where(entry => entry.Counted != entry.Expected)
            .OrderBy(entry => entry.Word, StringComparer.Ordinal)
            .Take(atMost)
            .Select(entry => $"{entry.Word}: {entry.Counted} counted, {entry.Expected} expected"),
    ];

    private static async Task CountAsync(StreamReader reader, WordTotals totals, CancellationToken cancellation)
    {
        var word = new StringBuilder();
        var buffer = new char[16 * 1024];
        var kept = 0;
        int read;
        while ((read = await reader.ReadAsync(buffer.AsMemory(kept), cancellation)) > 0)
        {
            var filled = kept + read;
            var used = AddRunes(buffer.AsSpan(0, filled), word, totals);
            // Half of a surrogate pair waits for its other half.
            kept = filled - used;
            buffer.AsSpan(used, kept).CopyTo(buffer);
        }

        EndWord(word, totals);
    }

    private static int AddRunes(ReadOnlySpan<char> text, StringBuilder word, WordTotals totals)
    {
        var used = 0;
        while (used < text.Length && Rune.DecodeFromUtf16(text[used..], out var rune, out var consumed) != System.Buffers.OperationStatus.NeedMoreData)
        {
            used += consumed;
            if (Rune.IsLetterOrDigit(rune))
            {
                word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
            else
            {
                EndWord(word, totals);
            }
        }

        return used;
    }

    private static void EndWord(StringBuilder word, WordTotals totals)
    {
        if (word.Length > 0)
        {
            totals.Add(word.ToString(), 1);
            word.Clear();
        }
    }
}
