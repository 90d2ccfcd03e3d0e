namespace Remote.Cluster.Tests;

/// <summary>How long more than one of some lives ran, and how many did at the most.</summary>
internal readonly record struct Overlap(long Nanoseconds, int Most)
{
    /// <param name="runs">When each of them ran. One life may have run several times, with pauses between.</param>
    public static Overlap Of(IEnumerable<(long From, long To)> runs)
    {
        // Of what happens at one time the ends come first: a life that begins when another ends does not overlap it.
        var changes = runs.Where(static run => run.To > run.From)
            .SelectMany(static run => new[] { (At: run.From, By: 1), (At: run.To, By: -1) })
            .Order();
        var (total, running, most, last) = (0L, 0, 0, 0L);
        foreach (var (at, by) in changes)
        {
            total += running > 1 ? at - last : 0;
            (running, last) = (running + by, at);
            most = Math.Max(most, running);
        }

        return new Overlap(total, most);
    }
}
