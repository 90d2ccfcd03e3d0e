namespace Remote.Cli;

/// <summary>How the tool ends; scripts rely on the numbers, so that they never change (docs/tool.md).</summary>
internal static class ExitCode
{
    /// <summary>It did what was asked.</summary>
    public const int Ok = 0;

    /// <summary>The node, or the tool, failed in a way that no other code says.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong, or the node says that a value is.</summary>
    public const int Usage = 2;

    /// <summary>Nobody answers there, or nothing that speaks gRPC.</summary>
    public const int Unreachable = 3;

    /// <summary>The node does not let this caller do it, or one side does not believe the other's certificate.</summary>
    public const int Refused = 4;

    /// <summary>There is no such process, or no such entry.</summary>
    public const int NotFound = 5;

    /// <summary>The doctor has found a problem.</summary>
    public const int Unhealthy = 6;

    /// <summary>The node cannot do it: it is not a Remote node, an older one, or in no cluster.</summary>
    public const int Unsupported = 7;

    /// <summary>Whoever read the output has gone: 128 and SIGPIPE.</summary>
    public const int BrokenPipe = 141;
}
