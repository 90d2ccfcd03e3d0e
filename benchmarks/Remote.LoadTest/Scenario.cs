namespace Remote.LoadTest;

/// <summary>What is measured.</summary>
internal enum Scenario
{
    /// <summary>One producer, one remote actor that counts.</summary>
    Tell,

    /// <summary>One producer, one remote actor that answers, one local actor that counts the answers; many in flight.</summary>
    PingPong,

    /// <summary>One request at a time.</summary>
    Latency,

    /// <summary>64 requesters, each with one request at a time.</summary>
    Concurrent,

    /// <summary>As <see cref="Tell"/>; what counts is bytes allocated per message.</summary>
    Alloc,
}

/// <summary>What carries the messages.</summary>
internal enum Subject
{
    /// <summary>Actors on two nodes.</summary>
    Product,

    /// <summary>The same bytes on a bare socket.</summary>
    RawTcp,

    /// <summary>The same frames, made beforehand, on a bare grpc-dotnet stream with the sockets and marshallers of a node.</summary>
    Transport,

    /// <summary>The same actors and messages on two nodes with Proto.Remote's own remoting.</summary>
    ProtoRemote,
}

/// <summary>Names and sizes of the scenarios.</summary>
internal static class Scenarios
{
    /// <summary>How many requesters there are in <see cref="Scenario.Concurrent"/>.</summary>
    public const int Requesters = 64;

    // What the product's batches hold on average with 64 requesters: half of them wait while the others are answered.
    private const int MessagesPerFlight = 32;

    /// <summary>The name on the command line and in the rows.</summary>
    public static string Name(Scenario scenario) => scenario.ToString().ToLowerInvariant();

    /// <summary>The payloads that are measured when none is asked for.</summary>
    public static IReadOnlyList<int> DefaultPayloads(Scenario scenario) => scenario switch
    {
        Scenario.Tell => [0, 10, 100, 1024],
        Scenario.Alloc => [0, 100],
        _ => [0],
    };

    /// <summary>The row of docs/behaviours.md that a scenario measures.</summary>
    public static string Behaviour(Scenario scenario) => scenario switch
    {
        Scenario.Tell => "P-01",
        Scenario.PingPong => "P-02",
        Scenario.Latency => "P-03",
        Scenario.Concurrent => "P-04",
        Scenario.Alloc => "P-05",
        _ => throw new ArgumentOutOfRangeException(nameof(scenario), scenario, "It measures nothing."),
    };

    /// <summary>Whether every message is answered.</summary>
    public static bool Answers(Scenario scenario) => scenario is not (Scenario.Tell or Scenario.Alloc);

    /// <summary>Whether times of single requests are taken.</summary>
    public static bool HasLatency(Scenario scenario) => scenario is Scenario.Latency or Scenario.Concurrent;

    /// <summary>How a scenario is run: long enough that a run takes some tenths of a second at the speed hoped for.</summary>
    public static RunPlan Plan(Scenario scenario, int payloadBytes)
    {
        var messageBytes = payloadBytes + RunPlan.EnvelopeBytes;
        var batch = Math.Clamp(RunPlan.MaxFlushBytes / messageBytes, 1, RunPlan.MaxMessagesPerFlush);
        var window = Math.Clamp(RunPlan.MaxWindowBytes / messageBytes, batch, RunPlan.MaxWindow);
        var plan = new RunPlan(scenario, payloadBytes, Messages(scenario, payloadBytes), batch, window / batch, window);
        return scenario switch
        {
            Scenario.Latency => plan with { MessagesPerFlush = 1, FlushesInFlight = 1 },
            Scenario.Concurrent => InFlights(plan),
            _ => plan with { Messages = RoundUp(plan.Messages, batch) },
        };
    }

    // As many messages in flight as there are requesters, in flushes of equal size.
    private static RunPlan InFlights(RunPlan plan)
    {
        var flush = Math.Min(plan.MessagesPerFlush, MessagesPerFlight);
        return plan with { MessagesPerFlush = flush, FlushesInFlight = Requesters / flush, Messages = RoundUp(plan.Messages, Requesters * flush) };
    }

    // About as long for large payloads as for small ones.
    private static int Messages(Scenario scenario, int payloadBytes)
    {
        long messages = scenario switch
        {
            Scenario.PingPong => 1_000_000,
            Scenario.Latency => 20_000,
            Scenario.Concurrent => 200_000,
            _ => 3_000_000,
        };
        return (int)Math.Max(100, messages * 200 / (200 + payloadBytes));
    }

    private static int RoundUp(int value, int step) => (value + step - 1) / step * step;
}
