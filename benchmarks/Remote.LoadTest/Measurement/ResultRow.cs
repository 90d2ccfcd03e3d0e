using System.Text.Json;
using System.Text.Json.Serialization;

namespace Remote.LoadTest;

/// <summary>One line of the result: medians of the product's runs beside those of the baselines of the same minutes.</summary>
/// <param name="Scenario">The name of the scenario.</param>
/// <param name="PayloadBytes">Bytes of payload per message.</param>
/// <param name="MessagesPerSecond">After warm-up.</param>
/// <param name="FirstRunMessagesPerSecond">The first run of fresh processes.</param>
/// <param name="P50Micros">Median time of a request, where requests are timed.</param>
/// <param name="P99Micros">The time that 99 of 100 requests do not exceed.</param>
/// <param name="ProtoRemoteP99Micros">The same with Proto.Remote.</param>
/// <param name="ProcessorMicrosPerMessage">Processor time of both processes.</param>
/// <param name="AllocBytesPerMessage">Allocated in the two processes.</param>
/// <param name="Baseline">What the baselines reached: messages per second, in <c>latency</c> the median time.</param>
/// <param name="Ratio">Ours divided by the baseline's.</param>
internal sealed record ResultRow(
    string Scenario,
    int PayloadBytes,
    double MessagesPerSecond,
    double FirstRunMessagesPerSecond,
    double? P50Micros,
    double? P99Micros,
    double? ProtoRemoteP99Micros,
    ProcessorTimes ProcessorMicrosPerMessage,
    Allocations AllocBytesPerMessage,
    Baselines Baseline,
    Baselines Ratio)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.Strict,
    };

    public static string ToJson(IReadOnlyList<ResultRow> rows) => JsonSerializer.Serialize(rows, Options);
}

/// <summary>Bytes allocated per message.</summary>
internal sealed record Allocations(double Sender, double Receiver);

/// <summary>Microseconds of processor time per message, with the product and with Proto.Remote.</summary>
internal sealed record ProcessorTimes(double Product, double ProtoRemote);

/// <summary>A figure of each baseline.</summary>
internal sealed record Baselines(double RawTcp, double Transport, double ProtoRemote);
