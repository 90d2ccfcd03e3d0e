namespace Remote.Cli;

/// <summary>What one phase of a benchmark has measured. Immutable.</summary>
/// <param name="Name">Of the phase.</param>
/// <param name="Concurrency">How many requests were under way at one time.</param>
/// <param name="Elapsed">From the first request to the last answer.</param>
/// <param name="Milliseconds">Of each request that was answered, in rising order.</param>
/// <param name="Failures">Of the others, by kind.</param>
internal sealed record BenchPhase(
    string Name, int Concurrency, TimeSpan Elapsed, IReadOnlyList<double> Milliseconds, IReadOnlyDictionary<string, long> Failures)
{
    public double PerSecond => Milliseconds.Count / Elapsed.TotalSeconds;

    public long Failed => Failures.Values.Sum();

    /// <summary>The time within which this part of the requests was answered: the nearest rank, so that it is one that was measured.</summary>
    public double Percentile(double part) =>
        Milliseconds.Count == 0 ? 0 : Milliseconds[Math.Clamp((int)Math.Ceiling(part * Milliseconds.Count) - 1, 0, Milliseconds.Count - 1)];
}
