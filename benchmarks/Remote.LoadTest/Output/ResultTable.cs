using System.Globalization;

namespace Remote.LoadTest;

/// <summary>The rows as text: columns for a terminal, or Markdown for a file.</summary>
internal static class ResultTable
{
    private static readonly string[] Heads =
    [
        "scenario", "payload", "messages/s", "first run", "p50 µs", "p99 µs", "B/msg sender", "B/msg receiver", "CPU µs/msg",
        "raw TCP", "transport", "Proto.Remote", "÷ raw TCP", "÷ transport", "÷ Proto.Remote", "its p99 µs", "its CPU µs/msg",
    ];

    /// <summary>Columns, each as wide as its widest cell.</summary>
    public static string Text(IReadOnlyList<ResultRow> rows)
    {
        var lines = Lines(rows);
        var widths = Enumerable.Range(0, Heads.Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        return string.Join('\n', lines.Select(line => string.Join("  ", line.Select((cell, column) => Align(cell, widths[column], column))).TrimEnd()));
    }

    /// <summary>The machine, then the table.</summary>
    public static string Markdown(IReadOnlyList<ResultRow> rows, int runs)
    {
        var lines = Lines(rows);
        lines.Insert(1, [.. Heads.Select((_, column) => column == 0 ? "---" : "--:")]);
        return $"""
            # Load test

            Two processes on loopback; medians of {runs} runs, product and baselines taking turns. What each column means is in
            `benchmarks/README.md`. Rows of docs/behaviours.md: {string.Join(", ", Measured(rows))}.

            {string.Join('\n', Machine.Describe().Select(fact => $"- {fact.Name}: {fact.Value}"))}

            {string.Join('\n', lines.Select(line => "| " + string.Join(" | ", line) + " |"))}

            """.ReplaceLineEndings("\n");
    }

    private static IEnumerable<string> Measured(IReadOnlyList<ResultRow> rows) => Enum.GetValues<Scenario>()
        .Where(scenario => rows.Any(row => row.Scenario == Scenarios.Name(scenario)))
        .Select(scenario => $"{Scenarios.Behaviour(scenario)} is {Scenarios.Name(scenario)}");

    private static List<string[]> Lines(IReadOnlyList<ResultRow> rows) => [Heads, .. rows.Select(Cells)];

    private static string[] Cells(ResultRow row)
    {
        var unit = row.Scenario == Scenarios.Name(Scenario.Latency) ? " µs" : "/s";
        return
        [
            row.Scenario,
            $"{row.PayloadBytes.ToString(CultureInfo.InvariantCulture)} B",
            Whole(row.MessagesPerSecond),
            Whole(row.FirstRunMessagesPerSecond),
            Decimal(row.P50Micros),
            Decimal(row.P99Micros),
            Decimal(row.AllocBytesPerMessage.Sender),
            Decimal(row.AllocBytesPerMessage.Receiver),
            row.ProcessorMicrosPerMessage.Product.ToString(CultureInfo.InvariantCulture),
            Figure(row.Baseline.RawTcp) + unit,
            Figure(row.Baseline.Transport) + unit,
            Figure(row.Baseline.ProtoRemote) + unit,
            row.Ratio.RawTcp.ToString(CultureInfo.InvariantCulture),
            row.Ratio.Transport.ToString(CultureInfo.InvariantCulture),
            row.Ratio.ProtoRemote.ToString(CultureInfo.InvariantCulture),
            Decimal(row.ProtoRemoteP99Micros),
            row.ProcessorMicrosPerMessage.ProtoRemote.ToString(CultureInfo.InvariantCulture),
        ];
    }

    private static string Align(string cell, int width, int column) => column == 0 ? cell.PadRight(width) : cell.PadLeft(width);

    private static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Decimal(double? value) => value?.ToString("N1", CultureInfo.InvariantCulture) ?? "-";

    private static string Figure(double value) => value < 1000 ? Decimal(value) : Whole(value);
}
