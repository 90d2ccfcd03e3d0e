namespace WordCount;

/// <summary>How one worker stands.</summary>
/// <param name="Number">The worker's number, from 1.</param>
/// <param name="Unfinished">Chunks that it has and has not answered: those in its queue, and on their way there and back.</param>
/// <param name="IsLost">Its chunks have gone to others.</param>
internal readonly record struct WorkerProgress(int Number, int Unfinished, bool IsLost);

/// <summary>How far a count has come.</summary>
/// <param name="BytesDone">Bytes whose words are counted, or that are skipped.</param>
/// <param name="BytesTotal">All bytes that were found.</param>
/// <param name="Messages">Messages that went to workers and came from them so far.</param>
/// <param name="Waiting">Chunks that have been read and that no worker has.</param>
/// <param name="Workers">All workers, in order.</param>
/// <param name="Notes">What happened since the last snapshot, a line each.</param>
internal sealed record ProgressSnapshot(
    long BytesDone, long BytesTotal, long Messages, int Waiting, IReadOnlyList<WorkerProgress> Workers, IReadOnlyList<string> Notes)
{
    public double Fraction => BytesTotal == 0 ? 1 : Math.Min(1.0, (double)BytesDone / BytesTotal);
}
