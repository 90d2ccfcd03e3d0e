namespace Hosting;

/// <summary>What the process ends with.</summary>
internal static class ExitCode
{
    public const int Ok = 0, Failure = 1, BadArguments = 2;
}
