using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Remote;

/// <summary>
/// Judges whether a node lives. What is not alive is ended and started anew by whoever asks, so this must not be said of one that is only busy, or
/// whose peers are gone: unhealthy is what its peers hold for dead too.
/// </summary>
internal static class LiveVerdict
{
    public static HealthVerdict Of(in LiveSnapshot node)
    {
        var late = node.Pool > node.Timers ? node.Pool : node.Timers;
        var data = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["pool"] = Seconds(node.Pool),
            ["timers"] = Seconds(node.Timers),
            ["limit"] = Seconds(node.Limit),
        };
        if (node.HasLostListener)
        {
            return new HealthVerdict(HealthStatus.Unhealthy, "The listener of the node has ended by itself.", data);
        }

        var what = node.Pool > node.Timers ? $"Work has waited {Seconds(late)} for a thread of the pool" : $"No timer has run for {Seconds(late)}";
        return late >= node.Limit
            ? new HealthVerdict(HealthStatus.Unhealthy, $"{what}; peers hold a node for dead that is silent for {Seconds(node.Limit)}.", data)
            : late >= Standstill.Least ? new HealthVerdict(HealthStatus.Degraded, $"{what}. Are there actors that block?", data)
            : new HealthVerdict(HealthStatus.Healthy, "The loops of the node turn.", data);
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0 s", CultureInfo.InvariantCulture);
}
