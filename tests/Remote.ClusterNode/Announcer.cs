using System.Text.Json.Nodes;

namespace Remote.ClusterNode;

/// <summary>Writes one JSON object per line. Thread-safe.</summary>
internal sealed class Announcer(TextWriter output)
{
    private readonly Lock _gate = new();

    /// <param name="happened">The value of <c>event</c>.</param>
    /// <param name="details">What else the line holds.</param>
    public void Say(string happened, params ReadOnlySpan<(string Name, JsonNode? Value)> details)
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
