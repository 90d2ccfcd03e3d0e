namespace Remote.TestSupport;

/// <summary>How much a test does: the counts of <c>docs/behaviours.md</c> in the long mode, otherwise a tenth of them.</summary>
internal static class TestScale
{
    /// <summary>Whether this is the long mode: <c>REMOTE_LONG=1</c>, which <c>./test.sh --long</c> sets.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("REMOTE_LONG") == "1";

    /// <summary>The count to use: all of it in the long mode, otherwise a tenth, but at least 10 (or all of it when it is smaller).</summary>
    public static int Count(int full) => IsLong ? full : Math.Max(full / 10, Math.Min(full, 10));

    /// <summary>The count to use for what takes a second or more each: all of it in the long mode, otherwise the few that are given.</summary>
    public static int Count(int full, int few) => IsLong ? full : few;
}
