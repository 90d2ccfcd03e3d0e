using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary><c>remote top</c>: the peers of nodes as they change, on a terminal with keys, otherwise as tables or JSON.</summary>
internal static class TopCommand
{
    private const int MaxPeers = 10_000;

    public static Command Create(CommandHost host)
    {
        var interval = new Option<string>("--interval") { Description = "How often the nodes tell: 0.1 to 3600 seconds.", HelpName = "TIME", DefaultValueFactory = _ => "1" };
        var sort = new Option<TopSort>("--sort") { Description = "By what the peers are sorted.", DefaultValueFactory = _ => TopSort.Out };
        var part = new Option<string>("--peer") { Description = "Only peers whose address contains this.", HelpName = "PART", DefaultValueFactory = _ => "" };
        var open = new Option<bool>("--open") { Description = "Leaves out the ones that have ended." };
        var count = new Option<int>("--count") { Description = "End after so many updates, without a terminal; 0 goes on.", HelpName = "N" };
        var command = new Command("top", "Shows the peers of nodes live: states, rates, lanes, credit, dead letters.") { interval, sort, part, open, count };
        return host.OfNodes(command, (sessions, result) =>
        {
            var request = new Wire.WatchStatisticsRequest
            {
                Interval = ConnectionOptions.Seconds("--interval", result.GetRequiredValue(interval), 0.1, 3_600).ToDuration(),
                AddressPart = result.GetValue(part) ?? "",
                SkipClosed = result.GetValue(open),
                Limit = MaxPeers,
            };
            return RunAsync(sessions, request, new TopState { Sort = result.GetValue(sort) }, result.GetValue(count));
        });
    }

    private static async Task<int> RunAsync(IReadOnlyList<NodeSession> sessions, Wire.WatchStatisticsRequest request, TopState state, int count)
    {
        if (count < 0)
        {
            throw new FailureException(Failure.Usage($"--count is {count}; it must be 0 or more."));
        }

        var (output, time) = (sessions[0].Output, sessions[0].Time);
        var isLive = output.Surroundings.IsTerminal && !output.IsJson;
        var board = new TopBoard(sessions.Select(static session => session.Address.Text));
        var log = new TopLog(output, time, count);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(sessions[0].Cancellation);
        NodeFeed[] feeds = [.. sessions.Select(session => new NodeFeed(session, request, isLive ? board.Set : log.Write))];
        var running = Task.WhenAll(feeds.Select(feed => feed.RunAsync(end.Token)));
        try
        {
            // Nobody there at all is most likely an address that is wrong.
            var first = await Task.WhenAll(feeds.Select(static feed => feed.First)).WaitAsync(end.Token);
            if (Array.TrueForAll(first, static failure => failure is not null))
            {
                throw new FailureException(first[0]!);
            }

            var shown = isLive ? new LiveTop(board, output, time, state).RunAsync(end.Token) : log.Done.WaitAsync(end.Token);

            // The feeds go on for ever: one that ends first has failed.
            await await Task.WhenAny(shown, running);
            return ExitCode.Ok;
        }
        finally
        {
            await end.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
