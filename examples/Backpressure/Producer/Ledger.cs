using Remote;

namespace Backpressure;

/// <summary>
/// The account of a run, from four books kept by different hands: what the producer offered, what the consumer took, the dead letters that
/// were published, and the statistics of the endpoint.
/// </summary>
/// <param name="Offered">Parcels the producer sent.</param>
/// <param name="Sum">The sum of their numbers: two mistakes that cancel out in the count show here.</param>
/// <param name="Taken">What the consumer says; <see langword="null"/> when it has ended and says nothing any more.</param>
/// <param name="Asked">Whether it was asked for that: one message more.</param>
/// <param name="DeadLetters">What was published.</param>
/// <param name="Before">The statistics before the first parcel.</param>
/// <param name="After">The statistics when all was over, the question for the tally included.</param>
internal sealed record Ledger(
    long Offered, long Sum, Tally? Taken, bool Asked, IReadOnlyDictionary<string, Letters> DeadLetters, EndpointStatistics Before, EndpointStatistics After)
{
    /// <summary>What the consumer's node has acknowledged since the first parcel, the question for the tally included.</summary>
    public long Arrived => Sent(After) - Sent(Before);

    public long Dead => DeadLetters.Values.Sum(letters => letters.Count);

    /// <summary>Everything that does not add up; empty when nothing was lost, doubled or overtaken in silence.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        var questions = Asked ? 1 : 0;
        if (Taken is { } taken)
        {
            Expect(faults, "parcels taken or dead", Offered, taken.Taken + Dead);
            Expect(faults, "sum of the numbers of parcels taken or dead", Sum, taken.Sum + DeadLetters.Values.Sum(letters => letters.Sum));
            Expect(faults, "parcels out of order", 0, taken.Disordered);
            Expect(faults, "sent, by the statistics", taken.Taken + questions, Arrived);
        }
        else
        {
            Expect(faults, "messages acknowledged or dead", Offered + questions, Arrived + Dead);
        }

        // The question for the tally went the same way.
        Expect(faults, "offered, by the statistics", Offered + questions, After.Offered - Before.Offered);
        Expect(faults, "offered = accepted + refused", After.Offered, After.Accepted + After.Refused.Values.Sum());
        Expect(
            faults,
            "accepted = sent + dead letters + moved + queued",
            After.Accepted,
            Sent(After) + After.DeadLetters.Values.Sum() + After.Moved + After.QueueLength);
        foreach (var reason in DeadLetters.Keys.Union(After.Refused.Keys).Union(After.DeadLetters.Keys))
        {
            var counted = After.Refused.GetValueOrDefault(reason) + After.DeadLetters.GetValueOrDefault(reason);
            Expect(faults, $"dead letters {reason}, by the statistics", DeadLetters.GetValueOrDefault(reason).Count, counted);
        }

        return faults;
    }

    /// <summary>What left the lane: acknowledged by the consumer, or on the way to that.</summary>
    private static long Sent(EndpointStatistics statistics) => statistics.Acknowledged + statistics.Retained + statistics.Written;

    private static void Expect(List<string> faults, string what, long expected, long seen)
    {
        if (expected != seen)
        {
            faults.Add(FormattableString.Invariant($"{what}: expected {expected:N0}, seen {seen:N0}"));
        }
    }
}
