namespace Backpressure;

/// <summary>What the process says about a run to whoever started it.</summary>
internal static class ExitCode
{
    public const int Right = 0;

    /// <summary>A message is missing in the ledger, or the check found something else wrong.</summary>
    public const int Wrong = 1;

    public const int BadArguments = 2;

    /// <summary>Ctrl+C or SIGTERM, by the shells' convention.</summary>
    public const int Interrupted = 130;
}
