using Google.Protobuf;

namespace WordCount;

/// <summary>What comes out of reading a corpus, in the order of reading.</summary>
internal abstract record CorpusItem;

/// <summary>A piece of text that begins and ends between two words.</summary>
/// <param name="Id">Rises by one from piece to piece.</param>
/// <param name="Text">UTF-8, as it stands in the file.</param>
internal sealed record Chunk(long Id, ByteString Text) : CorpusItem
{
    /// <summary>
    /// The usual size. 64 KiB stay below the large object heap (85,000 bytes), and even a chunk of nothing but different
    /// words answers with a message of less than 256 KiB: far from the 4 MiB that a message may have.
    /// </summary>
    public const int UsualBytes = 64 * 1024;

    /// <summary>
    /// True when one word did not fit into the usual size. Such a chunk can be larger than any message, so the coordinator
    /// counts it itself.
    /// </summary>
    public bool IsOversized => Text.Length > UsualBytes;
}

/// <summary>A file has been read to its end; its chunks came before this.</summary>
internal sealed record FileRead(string Name, long Bytes) : CorpusItem;

/// <summary>A file that is not counted, and why.</summary>
internal sealed record FileSkipped(string Name, long Bytes, string Reason) : CorpusItem;
