using System.CommandLine;

namespace Remote.Cli;

/// <summary><c>remote bench</c>: a short load on one actor of a node, and what it took.</summary>
internal static class BenchCommand
{
    private const int MaxConcurrency = 10_000;

    // Code is compiled and windows are opened while nobody counts.
    private const double WarmUpPart = 0.2;

    public static Command Create(CommandHost host)
    {
        var target = new Option<string>("--target") { Description = "The actor that is asked.", HelpName = "ID", DefaultValueFactory = _ => "$activator" };
        var duration = new Option<string>("--duration") { Description = "How long each of the two phases takes: 0.1 to 600 seconds.", HelpName = "TIME", DefaultValueFactory = _ => "2" };
        var concurrency = new Option<int>("--concurrency") { Description = "How many requests are under way in the second phase.", HelpName = "N", DefaultValueFactory = _ => 64 };
        var command = new Command("bench", "Puts a short load on a node: requests one at a time, then many at a time.") { target, duration, concurrency };
        return host.OfNode(command, (session, result) =>
        {
            var many = result.GetValue(concurrency);
            return many is < 1 or > MaxConcurrency
                ? throw new FailureException(Failure.Usage($"--concurrency is {many}; it must be 1 to {MaxConcurrency}."))
                : RunAsync(
                    session, result.GetRequiredValue(target), ConnectionOptions.Seconds("--duration", result.GetRequiredValue(duration), 0.1, 600), many);
        });
    }

    private static async Task<int> RunAsync(NodeSession session, string target, TimeSpan duration, int concurrency)
    {
        BenchClient.Check(session.Settings);

        // Says why, where an actor system would only say that there is no connection.
        await PeerIdentification.AskAsync(session.Node, session.Cancellation);
        await using var client = await BenchClient.StartAsync(session, target);
        var timeout = session.Settings.Timeout;
        var warmUp = await client.RunAsync("warm-up", 1, duration * WarmUpPart, timeout, session.Cancellation);
        if (warmUp.Milliseconds.Count == 0)
        {
            throw new FailureException(WhyNone(session, target, warmUp));
        }

        BenchPhase[] phases =
        [
            await client.RunAsync("one at a time", 1, duration, timeout, session.Cancellation),
            await client.RunAsync("many at a time", concurrency, duration, timeout, session.Cancellation),
        ];
        Write(session, target, phases, duration * WarmUpPart);
        return Array.Exists(phases, static phase => phase.Milliseconds.Count == 0) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static Failure WhyNone(NodeSession session, string target, BenchPhase warmUp)
    {
        var kind = warmUp.Failures.Keys.FirstOrDefault() ?? "Timeout";
        return kind == "NoSuchProcess"
            ? Failure.NotFound($"{session.Address} has no process {SafeText.Of(target)}.", $"remote ps {session.Address} shows what is there; --target ID takes another.")
            : kind is nameof(RemoteError.Blocked) or nameof(RemoteError.Forbidden)
                ? Failure.Refused($"{session.Address} takes no messages of this tool ({kind}).", $"remote doctor {session.Address} looks closer.")
            : Failure.Unreachable($"{session.Address} answered no request ({kind}).", $"remote doctor {session.Address} looks closer.");
    }

    private static void Write(NodeSession session, string target, BenchPhase[] phases, TimeSpan warmUp)
    {
        var output = session.Output;
        if (output.IsJson)
        {
            output.Json(new
            {
                address = session.Address.Text,
                target,
                message = "actor.Touch",
                warmUpSeconds = warmUp.TotalSeconds,
                processors = Environment.ProcessorCount,
                phases = phases.Select(static phase => new
                {
                    name = phase.Name,
                    concurrency = phase.Concurrency,
                    seconds = Math.Round(phase.Elapsed.TotalSeconds, 3),
                    answered = phase.Milliseconds.Count,
                    failed = phase.Failed,
                    failures = phase.Failures,
                    perSecond = Math.Round(phase.PerSecond, 1),
                    p50Ms = Math.Round(phase.Percentile(0.5), 4),
                    p90Ms = Math.Round(phase.Percentile(0.9), 4),
                    p99Ms = Math.Round(phase.Percentile(0.99), 4),
                    maxMs = Math.Round(phase.Percentile(1), 4),
                }),
            });
            return;
        }

        output.Line($"{session.Address}, {SafeText.Of(target)}: empty requests, which every actor answers");
        output.Line();
        var table = Tables.New("REQUESTS", ">PER SECOND", ">ANSWERED", ">FAILED", ">MEDIAN", ">99 %", ">LONGEST");
        foreach (var phase in phases)
        {
            table.Row(
                phase.Concurrency == 1 ? "one at a time" : $"{phase.Concurrency} at a time", Numbers.Short(phase.PerSecond), Numbers.Count(phase.Milliseconds.Count),
                Numbers.Count(phase.Failed), Numbers.Milliseconds(phase.Percentile(0.5)), Numbers.Milliseconds(phase.Percentile(0.99)),
                Numbers.Milliseconds(phase.Percentile(1)));
        }

        output.Table(table);
        foreach (var (kind, count) in phases.SelectMany(static phase => phase.Failures))
        {
            output.Line($"failed: {kind} {Numbers.Count(count)}");
        }

        output.Line();
        output.Note(
            $"Measured here: this tool ({Environment.ProcessorCount} processors), the way to the node and the node with all that it does besides. "
            + "One run on one machine is no benchmark of Remote: benchmarks/ has those.");
    }
}
