using System.Globalization;
using Remote;

namespace Backpressure;

/// <summary>Samples and happenings as lines, for pipes and files.</summary>
internal static class PlainText
{
    public static string Of(Happening happening) =>
        string.Create(CultureInfo.InvariantCulture, $"{happening.At.TotalSeconds,6:F2} s  * {happening.Text}");

    public static string Of(Sample sample)
    {
        var lane = sample.Lane;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sample.At.TotalSeconds,6:F2} s  lane {lane.QueueLength:N0}/{lane.QueueCapacity:N0} {lane.Level}{State(lane)}, offered {sample.Offered:N0}/s, accepted {sample.Accepted:N0}/s, given up {sample.GivenUp:N0}/s, waiting {lane.Waiters:N0}, taken {sample.Taken:N0}/s, dead letters: {Letters(sample)}");
    }

    private static string State(EndpointStatistics lane) => lane.State == EndpointState.Connected ? "" : $" ({lane.State})";

    private static string Letters(Sample sample) => sample.DeadLetters.Count == 0
        ? "none"
        : string.Join(", ", sample.DeadLetters.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value.Count:N0}")));
}
