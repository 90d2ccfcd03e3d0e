namespace OrderCluster;

/// <summary>How the program ends.</summary>
internal static class ExitCode
{
    public const int Good = 0;

    /// <summary>An order was lost or booked twice, or a process did not do what it should.</summary>
    public const int Wrong = 1;

    public const int BadArguments = 2;

    /// <summary>No member is left, or a server has ended: nobody can book orders any more.</summary>
    public const int ProcessLost = 3;

    /// <summary>Ctrl+C or SIGTERM, by the shells' convention.</summary>
    public const int Interrupted = 130;
}
