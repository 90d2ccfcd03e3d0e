using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What nodes of one release said to each other: one JSON object per line, the first of which names the nodes.</summary>
internal sealed record ReleaseConversation(string Scenario, string Release, IReadOnlyList<ReleaseNode> Nodes, IReadOnlyList<ReleaseEntry> Entries)
{
    // For people, who may look at a recording; nothing reads it.
    private static readonly JsonFormatter Readable = new(JsonFormatter.Settings.Default);

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReleaseConversation Parse(IEnumerable<string> lines)
    {
        var all = lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var nodes = all[0].GetProperty("nodes").EnumerateArray().Select(node => new ReleaseNode(Text(node, "name"), Text(node, "address"), Text(node, "system")));
        return new ReleaseConversation(Text(all[0], "scenario"), Text(all[0], "release"), [.. nodes], [.. all.Skip(1).Select(ParseEntry)]);
    }

    public string Format()
    {
        var text = new StringBuilder();
        var nodes = Nodes.Select(node => (JsonNode)new JsonObject { ["name"] = node.Name, ["address"] = node.Address, ["system"] = node.SystemId });
        var header = new JsonObject { ["type"] = "header", ["scenario"] = Scenario, ["release"] = Release, ["nodes"] = new JsonArray([.. nodes]) };
        text.Append(header.ToJsonString(Plain)).Append('\n');
        foreach (var (entry, number) in Entries.Select((entry, index) => (entry, index + 1)))
        {
            text.Append(Format(entry, number).ToJsonString(Plain)).Append('\n');
        }

        return text.ToString();
    }

    private static JsonObject Format(ReleaseEntry entry, int number)
    {
        var line = new JsonObject { ["seq"] = number, ["type"] = JsonNamingPolicy.CamelCase.ConvertName(entry.Kind.ToString()) };
        Add("node", entry.Node);
        Add("stream", entry.Stream);
        Add("acceptor", entry.Acceptor);
        Add("text", entry.Text);
        if (entry.IsForged)
        {
            line["forged"] = true;
        }

        if (entry.IsLost)
        {
            line["lost"] = true;
        }

        if (entry.Kind == ReleaseKind.Frame)
        {
            line["base64"] = Convert.ToBase64String(entry.Bytes);
            line["json"] = JsonNode.Parse(Readable.Format(Wire.RemoteMessage.Parser.ParseFrom(entry.Bytes)));
        }

        return line;

        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                line[name] = value;
            }
        }
    }

    private static ReleaseEntry ParseEntry(JsonElement line) => new(Enum.Parse<ReleaseKind>(Text(line, "type"), ignoreCase: true), Text(line, "node"))
    {
        Stream = Text(line, "stream"),
        Acceptor = Text(line, "acceptor"),
        Text = Text(line, "text"),
        IsForged = line.TryGetProperty("forged", out _),
        IsLost = line.TryGetProperty("lost", out _),
        Bytes = line.TryGetProperty("base64", out var bytes) ? bytes.GetBytesFromBase64() : [],
    };

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
