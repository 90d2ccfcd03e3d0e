using System.Text.Json;
using System.Text.Json.Serialization;

namespace Remote.LoadTest;

/// <summary>One run, the same for the product and its baselines. Travels to the processes as JSON.</summary>
/// <param name="Scenario">What is measured.</param>
/// <param name="PayloadBytes">The size of the bytes field of each message; 0 is an empty message.</param>
/// <param name="Messages">How many messages the driver sends in one run; a multiple of the next.</param>
/// <param name="MessagesPerFlush">How many messages the baselines write at a time.</param>
/// <param name="FlushesInFlight">How many flushes of the baselines may be unanswered, where there are answers.</param>
/// <param name="Window">How many messages of the product may be on their way to the actor that counts.</param>
internal sealed record RunPlan(Scenario Scenario, int PayloadBytes, int Messages, int MessagesPerFlush, int FlushesInFlight, int Window)
{
    /// <summary>Whether the product's nodes use links, as they do by default.</summary>
    public bool Resume { get; init; } = true;

    /// <summary>Who listens to the product's nodes.</summary>
    public Listeners Listeners { get; init; }

    /// <summary>What the product puts into one batch by default.</summary>
    public const int MaxMessagesPerFlush = 1000;

    /// <summary>The limit of a batch in bytes, by default.</summary>
    public const int MaxFlushBytes = 1024 * 1024;

    /// <summary>More than the fields around a payload take.</summary>
    public const int EnvelopeBytes = 16;

    /// <summary>
    /// The window for small messages: a hundred full batches, so that neither side ever waits for the other's news, and a
    /// tenth of what the lane holds, so that nothing is ever refused.
    /// </summary>
    public const int MaxWindow = 100_000;

    /// <summary>The window in bytes, for large messages.</summary>
    public const int MaxWindowBytes = 64 * 1024 * 1024;

    /// <summary>How many messages one permit of the window stands for, and how often the counting actor reports.</summary>
    [JsonIgnore]
    public int WindowStep => Math.Max(1, Window / 10);

    public string ToJson() => JsonSerializer.Serialize(this);

    public static RunPlan FromJson(string json) =>
        JsonSerializer.Deserialize<RunPlan>(json) ?? throw new LoadTestException("The plan of the run is empty.");
}
