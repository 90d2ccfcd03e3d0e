using System.Globalization;
using System.Text;

namespace Remote.LoadTest;

/// <summary>Memory and queue lengths over time, as CSV and as a plot.</summary>
internal static class SlowPlot
{
    private const int Width = 900, PanelHeight = 240, Left = 80, Right = 20, Top = 40, Gap = 60;

    public static async Task WriteAsync(string folder, SlowPlan plan, IReadOnlyList<Sample> sender, IReadOnlyList<Sample> receiver)
    {
        var begin = Math.Min(sender[0].UnixMillis, receiver[0].UnixMillis);
        await File.WriteAllTextAsync(Path.Combine(folder, "slow-receiver.csv"), Csv(begin, sender, receiver));
        await File.WriteAllTextAsync(Path.Combine(folder, "slow-receiver.svg"), Svg(begin, plan, sender, receiver));
    }

    public static string Csv(long begin, IReadOnlyList<Sample> sender, IReadOnlyList<Sample> receiver)
    {
        var text = new StringBuilder("seconds,process,residentMiB,waiting,retained\n");
        var rows = sender.Select(sample => ("sender", sample)).Concat(receiver.Select(sample => ("receiver", sample))).OrderBy(row => row.sample.UnixMillis);
        foreach (var (process, sample) in rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(sample.UnixMillis - begin) / 1000.0:0.0},{process},{sample.ResidentMiB:0.0},{sample.Waiting},{sample.Retained}\n");
        }

        return text.ToString();
    }

    public static string Svg(long begin, SlowPlan plan, IReadOnlyList<Sample> sender, IReadOnlyList<Sample> receiver)
    {
        var seconds = sender.Concat(receiver).Max(sample => sample.UnixMillis - begin) / 1000.0;
        var height = Top + (2 * PanelHeight) + Gap + Gap;
        var text = new StringBuilder(string.Create(
            CultureInfo.InvariantCulture,
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" font-family="sans-serif" font-size="13"><rect width="{Width}" height="{height}" fill="white"/>{"\n"}"""));
        var way = plan.Waits ? "SendAsync" : "Send";
        Label(text, Left, 20, string.Create(CultureInfo.InvariantCulture, $"{plan.Messages:N0} messages of 1 KiB with {way}, {plan.WorkMicros / 1000.0} ms each at the receiver"));
        Panel(text, Top, begin, seconds, "messages",
            ("queue of the sender", "#1f77b4", sender, sample => sample.Waiting),
            ("sent, not acknowledged", "#2ca02c", sender, sample => sample.Retained),
            ("waiting at the receiver", "#d62728", receiver, sample => sample.Waiting));
        Panel(text, Top + PanelHeight + Gap, begin, seconds, "MiB resident",
            ("sender", "#1f77b4", sender, sample => sample.ResidentMiB),
            ("receiver", "#d62728", receiver, sample => sample.ResidentMiB));
        return text.Append("</svg>\n").ToString();
    }

    private static void Panel(
        StringBuilder text, int top, long begin, double seconds, string unit, params (string Name, string Colour, IReadOnlyList<Sample> Samples, Func<Sample, double> Value)[] lines)
    {
        var most = Math.Max(1, lines.Max(line => line.Samples.Max(line.Value)));
        var (width, bottom) = (Width - Left - Right, top + PanelHeight);
        text.Append(CultureInfo.InvariantCulture, $"""<path d="M{Left} {top}V{bottom}H{Width - Right}" fill="none" stroke="black"/>{"\n"}""");
        Label(text, 5, top + 10, most.ToString("N0", CultureInfo.InvariantCulture));
        Label(text, 5, top + 26, unit);
        Label(text, Width - Right - 60, bottom + 18, seconds.ToString("0.0 s", CultureInfo.InvariantCulture));
        var x = Left;
        foreach (var (name, colour, samples, value) in lines)
        {
            var points = samples.Select(sample => string.Create(
                CultureInfo.InvariantCulture,
                $"{Left + ((sample.UnixMillis - begin) / 1000.0 / Math.Max(seconds, 0.001) * width):0.#},{bottom - (value(sample) / most * PanelHeight):0.#}"));
            text.Append(CultureInfo.InvariantCulture, $"""<polyline points="{string.Join(' ', points)}" fill="none" stroke="{colour}" stroke-width="1.5"/>{"\n"}""");
            text.Append(CultureInfo.InvariantCulture, $"""<rect x="{x}" y="{bottom + 8}" width="12" height="12" fill="{colour}"/>{"\n"}""");
            Label(text, x + 18, bottom + 18, name);
            x += 200;
        }
    }

    private static void Label(StringBuilder text, int x, int y, string label) =>
        text.Append(CultureInfo.InvariantCulture, $"""<text x="{x}" y="{y}">{label}</text>{"\n"}""");
}
