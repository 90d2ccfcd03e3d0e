namespace WordCount;

/// <summary>Asks the coordinator to count everything; it answers with a <see cref="CountOutcome"/> at the end.</summary>
internal sealed record CountAll
{
    public static readonly CountAll Instance = new();
}

/// <summary>How a count ended.</summary>
internal abstract record CountOutcome;

/// <summary>Every chunk has been counted once.</summary>
internal sealed record CountFinished(Tally Tally, int WorkersLost, TimeSpan Elapsed) : CountOutcome;

/// <summary>The count cannot be finished: nothing of it is worth showing.</summary>
internal sealed record CountAborted(int ExitCode, string Message) : CountOutcome;

/// <summary>Asks the coordinator how far it is; it answers with a <see cref="ProgressSnapshot"/>.</summary>
internal sealed record GetProgress
{
    public static readonly GetProgress Instance = new();
}

/// <summary>Asks the reader for one more chunk; what else it comes across it sends before.</summary>
internal sealed record ReadNextChunk
{
    public static readonly ReadNextChunk Instance = new();
}

/// <summary>The reader has read every file.</summary>
internal sealed record EndOfCorpus
{
    public static readonly EndOfCorpus Instance = new();
}

/// <summary>A file that was there a moment ago can no longer be read, and part of it may be counted already.</summary>
internal sealed record ReadingFailed(string Message);
