using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// The ledger of an endpoint, in one place: what must hold in every snapshot, and what in the end between the statistics and what the
/// test has counted itself.
/// </summary>
internal static class LedgerCheck
{
    /// <summary>What is wrong with a snapshot; <see langword="null"/>: nothing.</summary>
    /// <param name="now">The snapshot.</param>
    /// <param name="before">The one before it, of the same endpoint.</param>
    public static string? FaultOf(EndpointStatistics now, EndpointStatistics? before)
    {
        var refused = now.Refused.Values.Sum();
        var dead = now.DeadLetters.Values.Sum();
        if (now.Offered != now.Accepted + refused)
        {
            return $"{now.Offered} offered are not {now.Accepted} accepted and {refused} refused: {now}";
        }

        if (now.Accepted != now.Acknowledged + now.Written + dead + now.Moved + now.QueueLength + now.Retained)
        {
            return $"{now.Accepted} accepted are not {now.Acknowledged} acknowledged, {now.Written} written, {dead} dead, {now.Moved} moved, "
                + $"{now.QueueLength} waiting and {now.Retained} retained: {now}";
        }

        var rejected = now.Rejected.Values.Sum();
        if (now.Received != now.Delivered + rejected + now.UnmatchedTerminated)
        {
            return $"{now.Received} received are not {now.Delivered} delivered, {rejected} rejected and {now.UnmatchedTerminated} unmatched: {now}";
        }

        if (now.Unconfirmed > now.Written || now.InFlight > now.QueueLength || now.QueueLength > now.QueueCapacity)
        {
            return $"more is unconfirmed than written, in flight than waiting, or waiting than may: {now}";
        }

        return before is not null && Counters(now).Zip(Counters(before)).Any(pair => pair.First < pair.Second)
            ? $"a counter has decreased: {before}, then {now}"
            : null;
    }

    /// <summary>Whether the statistics of an endpoint at its end agree with what arrived and what died; throws if not.</summary>
    /// <param name="final">The statistics when nothing is under way any more.</param>
    /// <param name="counted">The flows to that endpoint's peer.</param>
    /// <param name="acknowledges">Whether the peer does.</param>
    public static void Verify(EndpointStatistics final, LedgerVerdict counted, bool acknowledges)
    {
        var text = $"\n{final}\nRefused: {Text(final.Refused)}. Dead: {Text(final.DeadLetters)}.\nCounted: {counted}";
        Assert.True(final is { QueueLength: 0, Waiters: 0, Retained: 0 }, $"Something still waits.{text}");
        Assert.True(final.Offered == counted.Sent, $"{counted.Sent} were sent and {final.Offered} offered.{text}");
        Assert.True(Text(Dead(final)) == Text(counted.DeadLetters), $"The dead letters are not those of the statistics.{text}");
        Assert.True(
            final.Acknowledged + final.Written + final.Moved == counted.Delivered - counted.Doubtful + counted.Lost,
            $"What was acknowledged or written did not arrive and is not lost.{text}");

        // Between nodes that acknowledge nothing is ever unconfirmed, so nothing is lost or late either. Towards others, what a broken stream still
        // holds may be lost, or read after what the next one brings: it is among what was reported.
        Assert.True(counted.Lost <= final.Unconfirmed, $"More is lost than was reported as unconfirmed.{text}");
        Assert.True(counted.Reordered <= final.Unconfirmed, $"More came late than was reported as unconfirmed.{text}");
        Assert.True(!acknowledges || final is { Unconfirmed: 0, Written: 0 }, $"The peer acknowledges, and yet something is unconfirmed.{text}");
        Assert.True(counted is { Duplicated: 0, DeadTwice: 0, Contradicted: 0 }, $"Something came twice, died twice, or is both delivered and dead.{text}");
    }

    private static Dictionary<string, long> Dead(EndpointStatistics statistics) =>
        statistics.Refused.Concat(statistics.DeadLetters).GroupBy(entry => entry.Key).ToDictionary(group => group.Key, group => group.Sum(entry => entry.Value));

    private static string Text(IReadOnlyDictionary<string, long> reasons) =>
        string.Join(", ", reasons.Where(entry => entry.Value != 0).OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key} {entry.Value}"));

    private static IEnumerable<long> Counters(EndpointStatistics of) =>
    [
        of.Offered, of.Accepted, of.Acknowledged, of.Written, of.Unconfirmed, of.Moved, of.Batches, of.BytesOut, of.BytesIn, of.Received, of.Reconnects,
        of.Delivered, of.UnmatchedTerminated, .. Sums(of.Rejected), .. Sums(of.Refused), .. Sums(of.DeadLetters),
    ];

    private static IEnumerable<long> Sums(IReadOnlyDictionary<string, long> reasons) => [reasons.Values.Sum()];
}
