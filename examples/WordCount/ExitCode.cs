namespace WordCount;

/// <summary>What the process says about a run to whoever started it.</summary>
internal static class ExitCode
{
    public const int Right = 0;
    public const int WrongCount = 1;

    /// <summary>A worker, or the disk, failed in a way that has no code of its own.</summary>
    public const int Failed = 1;

    public const int BadArguments = 2;

    /// <summary>A process that the program needs is not there: so it is called in docs/examples.md.</summary>
    public const int NoWorkerLeft = 3;

    /// <summary>Ctrl+C or SIGTERM, by the shells' convention.</summary>
    public const int Interrupted = 130;
}
