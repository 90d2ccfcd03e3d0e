namespace Remote.Tests;

/// <summary>How often: the full count in the long mode, else a tenth of it, and at least ten.</summary>
internal static class TestScale
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("REMOTE_LONG") == "1";

    public static int Of(int full) => IsLong ? full : Math.Min(full, Math.Max(10, full / 10));
}
