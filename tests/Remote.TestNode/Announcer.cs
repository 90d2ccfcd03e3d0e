using System.Text.Json.Nodes;

namespace Remote.TestNode;

/// <summary>Writes one JSON object per line. Thread-safe.</summary>
internal sealed class Announcer(TextWriter output)
{
    private readonly Lock _gate = new();

    public void Say(string happened, params ReadOnlySpan<(string Name, string Value)> details)
    {
        var line = new JsonObject { ["event"] = happened };
        foreach (var (name, value) in details)
        {
            line[name] = value;
        }

        lock (_gate)
        {
            output.WriteLine(line.ToJsonString());
            output.Flush();
        }
    }
}
