using System.Runtime.InteropServices;

namespace WordCount;

/// <summary>How often a word occurs.</summary>
internal sealed record WordFrequency(string Word, long Count);

/// <summary>The counts of all chunks together.</summary>
internal sealed class WordTotals
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long Words { get; private set; }

    public int Distinct => _counts.Count;

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public void Add(string word, long count)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, word, out _) += count;
        Words += count;
    }

    /// <summary>The most frequent words; among equally frequent ones ordinal order decides.</summary>
    public IReadOnlyList<WordFrequency> Top(int howMany) =>
    [
        .. _counts
            .OrderByDescending(entry => entry.Value)
            .ThenBy(entry => entry.Key, StringComparer.Ordinal)
            .Take(howMany)
            .Select(entry => new WordFrequency(entry.Key, entry.Value)),
    ];
}
