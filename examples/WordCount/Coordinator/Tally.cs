namespace WordCount;

/// <summary>What has been read, skipped and counted so far, and what there is to say about it.</summary>
internal sealed class Tally
{
    private List<string> _notes = [];

    public int Files { get; private set; }

    public int Skipped { get; private set; }

    /// <summary>The size of the files that were read to their end.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes that need no more work: their words are counted, or their file is skipped.</summary>
    public long BytesDone { get; private set; }

    public WordTotals Totals { get; } = new();

    public void Add(FileRead file)
    {
        Files++;
        Bytes += file.Bytes;
    }

    public void Add(FileSkipped file)
    {
        Skipped++;
        BytesDone += file.Bytes;
        Note($"skipped {file.Name}: {file.Reason}");
    }

    public void Add(int chunkBytes, IEnumerable<KeyValuePair<string, long>> counts)
    {
        BytesDone += chunkBytes;
        foreach (var (word, count) in counts)
        {
            Totals.Add(word, count);
        }
    }

    public void Note(string line) => _notes.Add(line);

    /// <summary>The notes since the last call.</summary>
    public IReadOnlyList<string> TakeNotes()
    {
        var notes = _notes;
        _notes = [];
        return notes;
    }
}
