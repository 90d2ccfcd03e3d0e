namespace Remote.TestSupport;

/// <summary>Where tests that draw at random begin: <c>REMOTE_SEED</c>, which <c>./test.sh</c> sets and prints, so that a run can be repeated.</summary>
internal static class TestSeed
{
    /// <summary>The seed of this run; one of its own when nobody set it.</summary>
    public static ulong Value { get; } =
        ulong.TryParse(Environment.GetEnvironmentVariable("REMOTE_SEED"), out var seed) ? seed : (ulong)Random.Shared.Next();
}
