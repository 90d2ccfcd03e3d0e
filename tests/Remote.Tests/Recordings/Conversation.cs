using System.Text.Json;

namespace Remote.Tests;

/// <summary>A conversation of real Proto.Actor nodes, as it was recorded. See the README beside the recordings.</summary>
internal sealed class Conversation
{
    private Conversation(string scenario, IReadOnlyList<RecordedNode> nodes, IReadOnlyList<RecordedEntry> entries)
    {
        Scenario = scenario;
        Nodes = nodes;
        Entries = entries;
    }

    public string Scenario { get; }

    public IReadOnlyList<RecordedNode> Nodes { get; }

    public IReadOnlyList<RecordedEntry> Entries { get; }

    /// <summary>Reads one of the recordings beside this file; they are copied to where the tests run.</summary>
    public static Conversation Load(string scenario)
    {
        using var reader = new StreamReader(Path.Combine(AppContext.BaseDirectory, "Recordings", scenario + ".jsonl"));
        var header = JsonDocument.Parse(reader.ReadLine()!).RootElement;
        List<RecordedEntry> entries = [];
        while (reader.ReadLine() is { } line)
        {
            entries.Add(Parse(JsonDocument.Parse(line).RootElement));
        }

        return new Conversation(scenario, [.. header.GetProperty("nodes").EnumerateArray().Select(ParseNode)], entries);
    }

    public RecordedNode Node(string name) => Nodes.Single(node => node.Name == name);

    private static RecordedNode ParseNode(JsonElement node) =>
        new(Text(node, "name"), Text(node, "address"), Text(node, "member_id"), Text(node, "role") == "client");

    private static RecordedEntry Parse(JsonElement line)
    {
        var entry = new RecordedEntry(line.GetProperty("seq").GetInt32(), KindOf(Text(line, "type"))) { Stream = Text(line, "stream") };
        return entry.Kind switch
        {
            RecordedKind.Message => entry with
            {
                IsRequest = Text(line, "dir") == "request",
                Case = line.TryGetProperty("case", out _) ? Text(line, "case") : Text(line, "message"),
                Bytes = line.GetProperty("base64").GetBytesFromBase64(),
            },
            RecordedKind.StreamOpen => entry with { Node = Text(line, "dialler"), Address = Text(line, "acceptor_address") },
            RecordedKind.Node => entry with { Node = Text(line, "name"), Address = Text(line, "address"), MemberId = Text(line, "member_id") },
            RecordedKind.Note => entry with { Text = Text(line, "text") },
            RecordedKind.ResponseEnd => entry with { Status = Text(line, "status"), Text = Text(line, "detail") },
            RecordedKind.WriteFailed => entry with { OfSeq = line.GetProperty("of_seq").GetInt32() },
            _ => entry,
        };
    }

    private static RecordedKind KindOf(string type) => type switch
    {
        "node" => RecordedKind.Node,
        "stream-open" => RecordedKind.StreamOpen,
        "message" => RecordedKind.Message,
        "request-complete" => RecordedKind.RequestComplete,
        "response-end" => RecordedKind.ResponseEnd,
        "call-disposed-by-dialler" => RecordedKind.CallDisposed,
        "write-failed" => RecordedKind.WriteFailed,
        "note" => RecordedKind.Note,
        "http-request-headers" or "http-response-headers" => RecordedKind.Other,
        _ => throw new FormatException($"A recording has a line of the unknown type {type}."),
    };

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
