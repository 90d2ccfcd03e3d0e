using Remote;

namespace Backpressure;

/// <summary>How things stand at one moment.</summary>
/// <param name="At">Since the node began.</param>
/// <param name="IsFlooding">Whether the producer still produces.</param>
/// <param name="Lane">The statistics of the endpoint.</param>
/// <param name="Offered">Messages per second that were offered to the lane; those that wait for room are not offered yet.</param>
/// <param name="Accepted">Messages per second that the lane took.</param>
/// <param name="GivenUp">Messages per second that became dead letters: refused, or dropped to make room.</param>
/// <param name="Taken">Messages per second that the consumer took.</param>
/// <param name="TakenInAll">All that the consumer took.</param>
/// <param name="DeadLetters">All dead letters, by reason.</param>
/// <param name="News">What happened since the last sample.</param>
internal sealed record Sample(
    TimeSpan At,
    bool IsFlooding,
    EndpointStatistics Lane,
    double Offered,
    double Accepted,
    double GivenUp,
    double Taken,
    long TakenInAll,
    IReadOnlyDictionary<string, Letters> DeadLetters,
    IReadOnlyList<Happening> News)
{
    /// <summary>How full the lane is, 0 to 1.</summary>
    public double Fill => Math.Clamp((double)Lane.QueueLength / Lane.QueueCapacity, 0, 1);
}
