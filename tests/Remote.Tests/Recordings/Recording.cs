using System.Text.Json;

namespace Remote.Tests.Recordings;

/// <summary>A batch that a real node sent, with what the recorder says is in it.</summary>
/// <param name="Scenario">The conversation.</param>
/// <param name="Number">Its place in the conversation.</param>
/// <param name="From">The address of the node that wrote it.</param>
/// <param name="To">The address of the node that read it.</param>
/// <param name="Bytes">The remote.RemoteMessage.</param>
/// <param name="Batch">Its batch as JSON.</param>
/// <param name="Payloads">The payload of each envelope, decoded.</param>
internal sealed record RecordedBatch(
    string Scenario, int Number, string From, string To, byte[] Bytes, JsonElement Batch, JsonElement[] Payloads);

/// <summary>The recorded conversations; their README says what the lines mean.</summary>
internal static class Recording
{
    internal static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Recordings");

    internal static IEnumerable<RecordedBatch> Batches(string scenario)
    {
        var streams = new Dictionary<string, (string Dialler, string Acceptor)>();
        foreach (var text in File.ReadLines(Path.Combine(Folder, scenario + ".jsonl")))
        {
            var line = JsonDocument.Parse(text).RootElement;
            var type = line.GetProperty("type").GetString();
            if (type == "stream-open")
            {
                streams[Text(line, "stream")] = (Text(line, "dialler_address"), Text(line, "acceptor_address"));
            }
            else if (type == "message" && line.TryGetProperty("case", out var kind) && kind.GetString() == "MessageBatch")
            {
                var (dialler, acceptor) = streams[Text(line, "stream")];
                var isRequest = Text(line, "dir") == "request";
                yield return new RecordedBatch(
                    scenario,
                    line.GetProperty("seq").GetInt32(),
                    isRequest ? dialler : acceptor,
                    isRequest ? acceptor : dialler,
                    line.GetProperty("base64").GetBytesFromBase64(),
                    line.GetProperty("json").GetProperty("messageBatch"),
                    line.TryGetProperty("decoded", out var decoded) ? [.. decoded.EnumerateArray()] : []);
            }
        }
    }

    internal static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;
}
