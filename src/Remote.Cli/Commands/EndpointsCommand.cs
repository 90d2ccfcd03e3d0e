using System.CommandLine;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary><c>remote endpoints</c>: the peers of a node, and whom it has blocked.</summary>
internal static class EndpointsCommand
{
    private const int MaxEntries = 10_000;

    public static Command Create(CommandHost host)
    {
        var part = new Option<string>("--peer") { Description = "Only peers whose address contains this.", HelpName = "PART", DefaultValueFactory = _ => "" };
        var open = new Option<bool>("--open") { Description = "Leaves out the ones that have ended." };
        var command = new Command("endpoints", "Lists the peers of a node, how they are connected, and the block list.") { part, open };
        return host.OfNode(command, (session, result) => RunAsync(session, result.GetValue(part) ?? "", result.GetValue(open)));
    }

    private static async Task<int> RunAsync(NodeSession session, string part, bool skipClosed)
    {
        var all = await AllAsync(session, new Wire.GetEndpointsRequest { AddressPart = part, SkipClosed = skipClosed, WithBlocked = true });
        if (session.Output.IsJson)
        {
            session.Output.Json(new
            {
                address = session.Address.Text,
                node = NodeShapes.Of(all.Node),
                endpoints = all.Endpoints.Select(NodeShapes.Of),
                total = all.Total,
                blocked = all.Blocked.Select(NodeShapes.Of),
                blockedTotal = all.BlockedTotal,
            });
            return ExitCode.Ok;
        }

        EndpointTables.Write(session.Output, all, session.Time.GetUtcNow());
        return ExitCode.Ok;
    }

    /// <summary>All pages as one answer, up to a bound.</summary>
    public static async Task<Wire.GetEndpointsResponse> AllAsync(NodeSession session, Wire.GetEndpointsRequest request)
    {
        var all = await session.GetEndpointsAsync(request);
        await AddRestAsync(session, request, all);
        return all;
    }

    /// <summary>Adds the pages behind the first one, up to a bound; <c>Next</c> is empty when they are all there.</summary>
    public static async Task AddRestAsync(NodeSession session, Wire.GetEndpointsRequest request, Wire.GetEndpointsResponse all)
    {
        while (all.Next.Length > 0 && all.Endpoints.Count < MaxEntries)
        {
            request = new Wire.GetEndpointsRequest(request) { After = all.Next, WithBlocked = false };
            var page = await session.GetEndpointsAsync(request);
            all.Endpoints.Add(page.Endpoints);
            all.Next = page.Next;
        }
    }
}
