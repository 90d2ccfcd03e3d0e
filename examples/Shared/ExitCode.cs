namespace Examples;

/// <summary>What a process says about its run to whoever started it. docs/examples.md has them all.</summary>
internal static class ExitCode
{
    public const int Right = 0;

    /// <summary>Something was not as it must be, or the program could not do what it was asked to.</summary>
    public const int Wrong = 1;

    public const int BadArguments = 2;

    /// <summary>A process that the program needs is not there: it has ended, or nobody answers at its address.</summary>
    public const int ProcessLost = 3;

    /// <summary>Ctrl+C or SIGTERM, by the shells' convention.</summary>
    public const int Interrupted = 130;
}
