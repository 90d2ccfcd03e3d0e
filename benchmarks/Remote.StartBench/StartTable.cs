using System.Globalization;
using Remote.LoadTest;

namespace Remote.StartBench;

/// <summary>The rows as Markdown, which is readable in a terminal too.</summary>
internal static class StartTable
{
    /// <summary>In the order of time, each with what happens meanwhile.</summary>
    private static readonly (string Phase, string What)[] Phases =
    [
        ("runtime", "from the process until `Main`"),
        ("node", "`ActorSystem` with Remote, and its start, with the messages of one small protobuf file"),
        ("httpClient", "the request is queued, an endpoint made, the HTTP client wants a connection"),
        ("connect", "the socket"),
        ("handshake", "HTTP/2, the call, ConnectRequest and ConnectResponse"),
        ("reply", "the request, the actor of the server, the answer"),
        ("print", "the line is written, and read by who started the process"),
        ("leave", "*after the first reply:* goodbye to the server, end of the actor system"),
        ("exit", "*after that:* until the process is gone"),
    ];

    public static string Markdown(IReadOnlyList<StartRow> rows, int promise) => $"""
        # Start of a command-line tool

        From the start of a process to its first reply: a node without a listener asks one thing of a server on the same machine over a Unix
        socket. Promised: {promise} ms. Medians, in brackets what nine of ten stay below; {rows[0].Runs} starts of each program, in turns. What is
        measured is in `benchmarks/README.md`.

        {string.Join('\n', Machine.Describe().Where(fact => fact.Name is not ("collector" or "compiler")).Select(fact => $"- {fact.Name}: {fact.Value}"))}

        {Table(rows)}

        """.ReplaceLineEndings("\n");

    public static string Table(IReadOnlyList<StartRow> rows)
    {
        List<string[]> lines =
        [
            ["ms", .. rows.Select(row => row.Program), ""],
            ["---", .. rows.Select(_ => "--:"), "---"],
            ["**first reply**", .. rows.Select(row => $"**{Cell(row.FirstReply)}**"), "the sum of the first seven, start by start"],
            .. Phases.Select(phase => (string[])[phase.Phase, .. rows.Select(row => Cell(row.Phases[phase.Phase])), phase.What]),
            ["a process that only prints a line", .. rows.Select(row => Cell(row.Nothing)), "what no program can go below"],
        ];
        return string.Join('\n', lines.Select(line => "| " + string.Join(" | ", line) + " |"));
    }

    private static string Cell(Spread spread) => string.Create(CultureInfo.InvariantCulture, $"{spread.Median:0.0} ({spread.P90:0.0})");
}
