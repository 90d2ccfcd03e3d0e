using System.Globalization;
using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>What the node says of its peers, and whom it blocks. Pure.</summary>
internal static class PeersCheck
{
    private const string Check = "peers";
    private const int Most = 20;
    private const string Reasons = "docs/operations.md says what each reason means.";

    private static readonly HashSet<string> BadEnds = new(StringComparer.Ordinal)
    {
        nameof(EndpointTerminatedReason.Unreachable), nameof(EndpointTerminatedReason.Refused), nameof(EndpointTerminatedReason.ControlOverflow),
        nameof(EndpointTerminatedReason.OwnAddress), nameof(EndpointTerminatedReason.Blocked),
    };

    public static IEnumerable<Finding> Judge(Wire.GetEndpointsResponse all)
    {
        // The handshakes of the tool itself are remembered for a while.
        Wire.EndpointInfo[] peers = [.. all.Endpoints.Where(static peer => !ShortStream.IsOurs(peer.Address))];
        var total = all.Total - (all.Endpoints.Count - peers.Length);
        Finding[] found = [.. peers.SelectMany(Judge)];
        foreach (var finding in found.OrderByDescending(static finding => finding.Level).Take(Most))
        {
            yield return finding;
        }

        if (found.Length > Most)
        {
            yield return Finding.Note(Check, $"{found.Length - Most} more of these", "remote endpoints lists all peers.");
        }

        if (all.Next.Length > 0)
        {
            yield return Finding.Note(
                Check, $"only {Numbers.Count(all.Endpoints.Count)} of {Numbers.Count(all.Total)} were looked at", "remote endpoints --peer PART lists others.");
        }
        else if (!Array.Exists(found, static finding => finding.Level > FindingLevel.Note))
        {
            yield return Finding.Ok(Check, string.Create(CultureInfo.InvariantCulture, $"{total}, none of which is in trouble"));
        }

        if (all.BlockedTotal > 0)
        {
            var names = string.Join(", ", all.Blocked.Take(5).Select(static entry => SafeText.Of(entry.SystemId.Length > 0 ? entry.SystemId : entry.Address)));
            yield return Finding.Note(
                "blocked", $"it blocks {all.BlockedTotal}: {names}{(all.BlockedTotal > 5 ? ", ..." : "")}", "remote unblock lets one come again.");
        }
    }

    private static IEnumerable<Finding> Judge(Wire.EndpointInfo peer)
    {
        var address = SafeText.Of(peer.Address);
        var error = peer.LastError.Length > 0 ? $": {SafeText.Of(peer.LastError)}" : "";
        if (peer.Blocked)
        {
            yield return Finding.Note("blocked", $"it blocks {address}", "remote unblock lets it come again.");
        }
        else if (peer.State == Wire.ConnectionState.Backoff)
        {
            yield return Finding.Problem(Check, $"it does not reach {address}{error}", $"remote doctor {address}, on the machine of this node.");
        }
        else if (peer.State == Wire.ConnectionState.Closed && BadEnds.Contains(peer.CloseReason))
        {
            yield return Finding.Problem(Check, $"it has given {address} up ({SafeText.Of(peer.CloseReason)}){error}", AdviceFor(peer.CloseReason, address));
        }

        if (peer.Level == Wire.PressureLevel.Critical)
        {
            yield return Finding.Warning(
                Check, $"{Numbers.Count(peer.UserLane.Length)} of {Numbers.Count(peer.UserLane.Capacity)} messages wait for {address}",
                "When the lane is full messages are dead letters (QueueFull): its actors are slow, or the way to it is.");
        }

        if (peer is { State: Wire.ConnectionState.Connected, Credit.Messages: <= 0, UserLane.Length: > 0 })
        {
            yield return Finding.Warning(Check, $"{address} takes no more at the moment (credit 0)", "Its actors are slow: remote ps and inspect there show which.");
        }

        if (EndpointTables.Lost(peer) is > 0 and var lost)
        {
            yield return Finding.Note(
                Check, $"{Numbers.Count(lost)} messages to {address} became dead letters: {ByReason(peer.Outgoing.Refused.Concat(peer.Outgoing.DeadLetters))}",
                Reasons);
        }

        if (peer.Incoming?.Rejected is { Count: > 0 } rejected)
        {
            yield return Finding.Note(
                Check, $"{Numbers.Count(rejected.Values.Sum())} messages from {address} were not delivered here: {ByReason(rejected)}",
                rejected.ContainsKey(nameof(DeadLetterReason.UnknownType)) ? "Register their type here: the log of this node names it (log id 2019)." : Reasons);
        }
    }

    private static string ByReason(IEnumerable<KeyValuePair<string, long>> counts) => string.Join(
        ", ",
        counts.GroupBy(static reason => reason.Key).Select(static same => $"{SafeText.Of(same.Key)} {Numbers.Count(same.Sum(static one => one.Value))}"));

    private static string AdviceFor(string reason, string address) => reason switch
    {
        nameof(EndpointTerminatedReason.Blocked) => $"One of the two has blocked the other: remote endpoints {address} shows it.",
        nameof(EndpointTerminatedReason.Refused) => "It turned this node away and its log says why: access, certificate, or a limit.",
        nameof(EndpointTerminatedReason.OwnAddress) => "The address leads back to this node: it is misconfigured somewhere, or add it to RemoteOptions.Aliases.",
        _ => $"remote doctor {address}, on the machine of this node.",
    };
}
