using Wire = Remote.Protocol;

namespace Remote.Cli;

/// <summary>Messages of one peer in each second.</summary>
/// <param name="Out">Sent and acknowledged, or written to a peer that acknowledges nothing.</param>
/// <param name="In">Received.</param>
/// <param name="Lost">That became dead letters.</param>
internal readonly record struct PeerRates(double Out, double In, double Lost)
{
    /// <summary>Differences of two updates of one life of a node, by the clock of the node: how long they were under way does not matter. Pure.</summary>
    public static Dictionary<string, PeerRates> Between(Wire.StatisticsUpdate? before, Wire.StatisticsUpdate after)
    {
        var seconds = Seconds(before, after);
        if (seconds <= 0)
        {
            return [];
        }

        var former = before!.Endpoints.ToDictionary(static peer => peer.Address, StringComparer.Ordinal);
        return after.Endpoints.ToDictionary(static peer => peer.Address, peer => Of(former.GetValueOrDefault(peer.Address), peer, seconds), StringComparer.Ordinal);
    }

    public static double CpuBetween(Wire.StatisticsUpdate? before, Wire.StatisticsUpdate after) =>
        Seconds(before, after) is > 0 and var seconds && before!.Node.Process?.CpuTime is { } from && after.Node.Process?.CpuTime is { } to
            ? Math.Max(0, 100 * (to.ToTimeSpan() - from.ToTimeSpan()).TotalSeconds / seconds)
            : 0;

    public static long Sent(Wire.EndpointInfo peer) => (peer.Outgoing?.Acknowledged ?? 0) + (peer.Outgoing?.Written ?? 0);

    private static double Seconds(Wire.StatisticsUpdate? before, Wire.StatisticsUpdate after) =>
        before is null || before.Node.SystemId != after.Node.SystemId ? 0 : (after.Node.Time.ToDateTimeOffset() - before.Node.Time.ToDateTimeOffset()).TotalSeconds;

    // A peer that was not there before had sent nothing; one whose counters went back was forgotten meanwhile.
    private static PeerRates Of(Wire.EndpointInfo? before, Wire.EndpointInfo after, double seconds)
    {
        before ??= new Wire.EndpointInfo();
        return new(
            Rate(Sent(after) - Sent(before)), Rate((after.Incoming?.Received ?? 0) - (before.Incoming?.Received ?? 0)),
            Rate(EndpointTables.Lost(after) - EndpointTables.Lost(before)));

        double Rate(long difference) => Math.Max(0, difference) / seconds;
    }
}
