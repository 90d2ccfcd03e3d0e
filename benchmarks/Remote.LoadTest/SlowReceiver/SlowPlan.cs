using System.Text.Json;
using System.Text.Json.Serialization;

namespace Remote.LoadTest;

/// <summary>One run of <c>slow-receiver</c>. Travels to its processes as JSON.</summary>
/// <param name="Messages">How many are offered, 1 KiB each.</param>
/// <param name="Waits">Whether the producer waits for room (<c>SendAsync</c>) or not (<c>Send</c>).</param>
/// <param name="Capacity">The sender's queue.</param>
/// <param name="Credit">Messages that may wait at the receiver.</param>
/// <param name="WorkMicros">What the slow actor takes for one message.</param>
/// <param name="Rounds">Interleaved rounds of the measurement of neighbours; 0 leaves it out.</param>
/// <param name="WindowMillis">How long each rate of it is taken.</param>
/// <param name="Receiver">The address of the receiving node.</param>
/// <param name="Others">Addresses of other nodes.</param>
internal sealed record SlowPlan(
    int Messages, bool Waits, int Capacity, int Credit, int WorkMicros, int Rounds, int WindowMillis, string Receiver = "", params string[] Others)
{
    public const int MessageBytes = 1024, OtherPeers = 9, AllowanceMiB = 96;

    /// <summary>The actors of the receiving nodes.</summary>
    public const string Slow = "slow", Fast = "fast", Pace = "pace";

    /// <summary>Generous: twice the work and a minute.</summary>
    [JsonIgnore]
    public TimeSpan Ceiling => TimeSpan.FromSeconds(60) + (2 * Messages * TimeSpan.FromMicroseconds(WorkMicros)) + TimeSpan.FromMilliseconds(20.0 * Rounds * WindowMillis);

    /// <summary>Whether what is offered is more than can be under way; with fewer, whether a producer has to wait is a matter of time.</summary>
    [JsonIgnore]
    public bool MustWait => Messages > Capacity + Credit;

    public string ToJson() => JsonSerializer.Serialize(this);

    public static SlowPlan FromJson(string json) =>
        JsonSerializer.Deserialize<SlowPlan>(json) ?? throw new LoadTestException("The plan of the run is empty.");
}

/// <summary>The result of one run of <c>slow-receiver</c>; memory is resident.</summary>
/// <param name="Offered">Messages that the producer sent.</param>
/// <param name="Delivered">Messages that the slow actor took, each counted once.</param>
/// <param name="DeadLetters">Messages that became dead letters, on either side.</param>
/// <param name="Lost">Neither.</param>
/// <param name="Waits">How often the producer had to wait.</param>
/// <param name="SenderIdleMiB">The sending process, connected, before the first message.</param>
/// <param name="SenderPeakMiB">The most it ever had.</param>
/// <param name="ReceiverIdleMiB">The receiving process.</param>
/// <param name="ReceiverPeakMiB">The most it ever had.</param>
/// <param name="BoundMiB">What neither peak may pass: the smaller idle value and 96 MiB.</param>
/// <param name="NeighbourRatio">The speed of another pair of actors on the same link, divided by its speed without the flood.</param>
/// <param name="OtherPeersRatio">The same for nine other peers together.</param>
internal sealed record SlowRow(
    long Offered,
    long Delivered,
    long DeadLetters,
    long Lost,
    long Waits,
    double SenderIdleMiB,
    double SenderPeakMiB,
    double ReceiverIdleMiB,
    double ReceiverPeakMiB,
    double BoundMiB,
    double? NeighbourRatio,
    double? OtherPeersRatio)
{
    /// <summary>What else was wrong; for people.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Why the run counts as failed; empty when it does not.</summary>
    public IEnumerable<string> Faults(SlowPlan plan)
    {
        foreach (var problem in Problems)
        {
            yield return problem;
        }

        if (Lost != 0 || Offered != plan.Messages)
        {
            yield return $"{Lost} messages were lost.";
        }

        if (SenderPeakMiB > BoundMiB || ReceiverPeakMiB > BoundMiB)
        {
            yield return $"Memory passed {BoundMiB} MiB.";
        }

        if (plan.Waits && ((Waits == 0 && plan.MustWait) || DeadLetters > 0))
        {
            yield return $"The producer waited {Waits} times, with {DeadLetters} dead letters.";
        }
    }
}
