using System.Text.Json;

namespace Remote.LoadTest;

/// <summary>What the driver saw in one run.</summary>
/// <param name="Messages">How many messages are counted; in ping-pong those of both directions.</param>
/// <param name="Seconds">From the first send to the news that the last one was taken, or answered.</param>
/// <param name="P50Micros">Half of the requests took no longer; null where no single times are taken.</param>
/// <param name="P99Micros">99 of 100 requests took no longer.</param>
/// <param name="AllocatedBytes">What the driver's process allocated meanwhile.</param>
/// <param name="ProcessorSeconds">What it took of the processors meanwhile.</param>
/// <param name="DeadLetters">Messages that came to nothing in the driver's process, ever.</param>
internal sealed record RunReport(
    long Messages, double Seconds, double? P50Micros, double? P99Micros, long AllocatedBytes, double ProcessorSeconds, long DeadLetters)
{
    public double MessagesPerSecond => Messages / Seconds;

    public string ToJson() => JsonSerializer.Serialize(this);

    public static RunReport FromJson(string json) =>
        JsonSerializer.Deserialize<RunReport>(json) ?? throw new LoadTestException("A driver reported nothing.");
}

/// <summary>Where the receiving process stands.</summary>
/// <param name="AllocatedBytes">What it has allocated since it started.</param>
/// <param name="ProcessorSeconds">What it has taken of the processors since it started.</param>
/// <param name="DeadLetters">Messages that came to nothing in it, ever.</param>
internal sealed record ReceiverMark(long AllocatedBytes, double ProcessorSeconds, long DeadLetters)
{
    public string ToJson() => JsonSerializer.Serialize(this);

    public static ReceiverMark FromJson(string json) =>
        JsonSerializer.Deserialize<ReceiverMark>(json) ?? throw new LoadTestException("A receiver reported nothing.");
}
