using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WordCount;

/// <summary>The report that <c>--json</c> writes.</summary>
/// <param name="Files">Files that were counted.</param>
/// <param name="Skipped">Files that were not, because they are no text or cannot be read.</param>
/// <param name="Bytes">The size of the counted files.</param>
/// <param name="Words">All words, repetitions included.</param>
/// <param name="Distinct">Different words.</param>
/// <param name="Top">The most frequent words.</param>
/// <param name="Workers">Worker processes asked for.</param>
/// <param name="WorkersLost">Those of them that did not start or were lost.</param>
/// <param name="Seconds">From the first file to the last count; starting the workers is not in it.</param>
/// <param name="Verified">Whether the count made in-process is the same; null when none was made.</param>
internal sealed record JsonReport(
    int Files,
    int Skipped,
    long Bytes,
    long Words,
    int Distinct,
    IReadOnlyList<WordFrequency> Top,
    int Workers,
    int WorkersLost,
    double Seconds,
    bool? Verified)
{
    // Words in other scripts stay readable.
    private static readonly JsonContext Readable = new(new JsonSerializerOptions(JsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public string ToJson() => System.Text.Json.JsonSerializer.Serialize(this, Readable.JsonReport);

    public static JsonReport? Parse(string json) => System.Text.Json.JsonSerializer.Deserialize(json, Readable.JsonReport);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(JsonReport))]
internal sealed partial class JsonContext : JsonSerializerContext;
