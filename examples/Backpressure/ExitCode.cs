namespace Backpressure;

/// <summary>What the process says about a run to whoever started it.</summary>
internal static class ExitCode
{
    public const int Right = 0;

    /// <summary>A message is missing in the ledger, or the check found something else wrong.</summary>
    public const int Wrong = 1;

    public const int BadArguments = 2;

    /// <summary>The consumer has ended before its time. The ledger closes all the same, or it is <see cref="Wrong"/>.</summary>
    public const int ConsumerLost = 3;

    /// <summary>Ctrl+C or SIGTERM, by the shells' convention.</summary>
    public const int Interrupted = 130;
}
