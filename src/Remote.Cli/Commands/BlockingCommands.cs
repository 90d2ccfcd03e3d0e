using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary><c>remote block</c> and <c>remote unblock</c>: whom a node does not talk to.</summary>
internal static class BlockingCommands
{
    private const double MaxSeconds = 100 * 365.0 * 86_400;

    public static Command CreateBlock(CommandHost host)
    {
        var peer = Peer();
        var reason = new Option<string>("--reason") { Description = "Why, for the log and for whoever looks later; peers are not told.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var duration = new Option<string?>("--for") { Description = "How long: 90, 30m, 12h. Without it until it is unblocked.", HelpName = "TIME" };
        var share = new Option<bool>("--share") { Description = "Tell all nodes that this one dials. Only for a system id, and it cannot be taken back." };
        var command = new Command("block", "Lets a node talk to a peer no more, and cuts what is open between them.") { peer, reason, duration, share };
        return host.OfNode(command, (session, result) => BlockAsync(
            session, result.GetRequiredValue(peer), result.GetValue(reason) ?? "", result.GetValue(duration), result.GetValue(share)));
    }

    public static Command CreateUnblock(CommandHost host)
    {
        var peer = Peer();
        var command = new Command("unblock", "Lets a node talk to a peer again.") { peer };
        return host.OfNode(command, (session, result) => UnblockAsync(session, result.GetRequiredValue(peer)));
    }

    private static Argument<string> Peer() =>
        new("PEER") { Description = "A system id (one life of a node), or an address (whoever lives there), as endpoints lists them." };

    private static async Task<int> BlockAsync(NodeSession session, string peer, string reason, string? duration, bool share)
    {
        var request = new Wire.BlockRequest { Reason = reason, Share = share };
        if (duration is not null)
        {
            request.Duration = ConnectionOptions.Seconds("--for", duration, 1, MaxSeconds).ToDuration();
        }

        var (systemId, address) = Read(peer);
        if (systemId is null)
        {
            request.Address = address;
        }
        else
        {
            request.SystemId = systemId;
        }

        var answer = await session.Node.AdminAsync((admin, options) => admin.BlockAsync(request, options), session.Cancellation);
        if (session.Output.IsJson)
        {
            session.Output.Json(new
            {
                address = session.Address.Text,
                peer = systemId ?? address,
                isNew = answer.IsNew,
                entry = answer.Entry is null ? null : NodeShapes.Of(answer.Entry),
            });
            return ExitCode.Ok;
        }

        var until = answer.Entry?.Until is { } end
            ? $"until {Clock.Local(end.ToDateTimeOffset(), session.Time):yyyy-MM-dd HH:mm:ss}" : "until it is unblocked";
        session.Output.Line($"{session.Address} {(answer.IsNew ? "blocks" : "blocked already, and now blocks,")} {SafeText.Of(systemId ?? address!)} {until}.");
        return ExitCode.Ok;
    }

    private static async Task<int> UnblockAsync(NodeSession session, string peer)
    {
        var (systemId, address) = Read(peer);
        var request = systemId is null ? new Wire.UnblockRequest { Address = address } : new Wire.UnblockRequest { SystemId = systemId };
        var answer = await session.Node.AdminAsync((admin, options) => admin.UnblockAsync(request, options), session.Cancellation);
        if (session.Output.IsJson)
        {
            session.Output.Json(new { address = session.Address.Text, peer = systemId ?? address, wasBlocked = answer.WasBlocked });
        }
        else if (answer.WasBlocked)
        {
            session.Output.Line($"{session.Address} lets {SafeText.Of(systemId ?? address!)} come again.");
        }
        else
        {
            session.Output.Note($"{session.Address} had not blocked {SafeText.Of(systemId ?? address!)}; remote endpoints {session.Address} lists whom it has.");
        }

        return answer.WasBlocked ? ExitCode.Ok : ExitCode.NotFound;
    }

    /// <summary>An address has a colon, and a system id has none. A node without a listener is listed as <c>$client/</c> and its system id.</summary>
    /// <exception cref="FailureException">It is meant as an address and is none.</exception>
    private static (string? SystemId, string? Address) Read(string peer)
    {
        if (peer.StartsWith(ClientAddress.Prefix, StringComparison.Ordinal))
        {
            return (peer[ClientAddress.Prefix.Length..], null);
        }

        var isAddress = peer.Trim().Length == 0 || peer.Contains(':', StringComparison.Ordinal) || peer.Contains('/', StringComparison.Ordinal);
        return isAddress ? (null, TargetAddress.Parse(peer).Text) : (peer, null);
    }
}
