namespace WordCount;

/// <summary>What the process says about a run to whoever started it.</summary>
internal static class ExitCode
{
    public const int Right = 0;
    public const int WrongCount = 1;
    public const int BadArguments = 2;
    public const int NoWorkerLeft = 3;

    /// <summary>Ctrl+C or SIGTERM, by the shells' convention.</summary>
    public const int Interrupted = 130;
}
