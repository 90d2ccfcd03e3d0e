using System.CommandLine;

namespace Remote.Cli;

/// <summary><c>remote ping</c>: is a node there, who is it, and how far is it.</summary>
internal static class PingCommand
{
    private const int MaxCount = 10_000;

    public static Command Create(CommandHost host)
    {
        var count = new Option<int>("--count") { Description = "How often.", HelpName = "N", DefaultValueFactory = _ => 4 };
        var command = new Command("ping", "Says whether a node is there, who it is, and how long an answer takes.") { count };
        return host.OfNode(command, (session, result) => RunAsync(session, result.GetValue(count)));
    }

    private static async Task<int> RunAsync(NodeSession session, int count)
    {
        if (count is < 1 or > MaxCount)
        {
            throw new FailureException(Failure.Usage($"--count is {count}; it must be 1 to {MaxCount}."));
        }

        var who = await PeerIdentification.AskAsync(session.Node, session.Cancellation);
        var systemId = who.Node?.SystemId ?? await SystemIdAsync(session);
        var times = await MeasureAsync(session, count);
        var average = times.Average();
        if (session.Output.IsJson)
        {
            session.Output.Json(new
            {
                address = session.Address.Text,
                kind = PeerIdentification.NameOf(who.Kind),
                systemId,
                nodeAddress = who.Node?.Address,
                version = who.Node?.Version,
                count,
                minMs = times.Min(),
                averageMs = Math.Round(average, 3),
                maxMs = times.Max(),
                timesMs = times,
            });
            return ExitCode.Ok;
        }

        session.Output.Line($"{session.Address} is {Describe(who)}{(systemId is null ? "" : $", system id {SafeText.Of(systemId)}")}");
        if (who.Node is { } node && node.Address != session.Address.Text)
        {
            session.Output.Line($"It calls itself {SafeText.Of(node.Address)}");
        }

        session.Output.Line(
            $"{count} answers: shortest {Numbers.Milliseconds(times.Min())}, average {Numbers.Milliseconds(average)}, longest {Numbers.Milliseconds(times.Max())}");
        if (who is { Node: null, Failure: { } failure })
        {
            session.Output.Note($"It says no more of itself: {failure.What}");
        }

        return ExitCode.Ok;
    }

    private static string Describe(PeerIdentification who) => who.Kind switch
    {
        PeerKind.Remote => who.Node is { } node ? $"a Remote node, version {SafeText.Of(node.Version)}" : "a Remote node",
        PeerKind.DotNet => "a node of Proto.Remote on .NET",
        PeerKind.Other => "a node of another implementation",
        _ => "a node",
    };

    /// <summary>By the handshake of nodes, which all of them have.</summary>
    private static async Task<string?> SystemIdAsync(NodeSession session) =>
        (await ShortStream.ShakeHandsAsync(session.Node, session.Settings.Timeout, session.Time, session.Cancellation)).SystemId;

    /// <summary>Each is one call over the connection that stands; what it answers does not matter, only when.</summary>
    private static async Task<double[]> MeasureAsync(NodeSession session, int count)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var started = session.Time.GetTimestamp();
            await PeerIdentification.AskAsync(session.Node, session.Cancellation);
            times[i] = Math.Round(session.Time.GetElapsedTime(started).TotalMilliseconds, 3);
        }

        return times;
    }
}
