using System.Globalization;
using Remote.LoadTest;

namespace Remote.TransportBench;

/// <summary>The rows as Markdown.</summary>
internal static class Table
{
    public static string Of(IReadOnlyList<Row> rows) => string.Join('\n',
    [
        "| frames | | per second | GB/s | p50 µs | B allocated by the sender | µs of processor | node ÷ stock |",
        "| --- | --- | --: | --: | --: | --: | --: | --: |",
        .. rows.SelectMany(row => new[] { Line(row, Side.Node, Ratio(row)), Line(row, Side.Stock, "") }),
    ]);

    /// <summary>The table with what it was measured on.</summary>
    public static string Document(string table, TimeSpan length, int runs) => $"""
        # One stream

        Two processes on loopback, medians of {runs} runs of {length.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s, the two sides in turns. What is
        compared is in `benchmarks/README.md`.

        {string.Join('\n', Machine.Describe().Select(fact => $"- {fact.Name}: {fact.Value}"))}

        {table}

        """.ReplaceLineEndings("\n");

    private static string Line(Row row, Side side, string ratio)
    {
        var figures = row.Figures[side];
        var bytes = row.IsEcho ? "-" : Text(figures.PerSecond * row.FrameBytes / 1e9, "0.000");
        var time = figures.P50Micros is { } micros ? Text(micros, "0.0") : "-";
        var name = Text(row.FrameBytes, "N0") + (row.IsEcho ? " B and back" : " B");
        return $"| {name} | {side} | {Text(figures.PerSecond, "N0")} | {bytes} | {time} | {Text(figures.AllocatedBytes, "N0")} | {Text(figures.Micros, "0.0")} | {ratio} |";
    }

    private static string Ratio(Row row) => Text(row.Figures[Side.Node].PerSecond / row.Figures[Side.Stock].PerSecond, "0.00");

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
