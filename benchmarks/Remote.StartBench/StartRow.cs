using System.Text.Json;
using System.Text.Json.Serialization;
using Remote.LoadTest;

namespace Remote.StartBench;

/// <summary>A median and the value that nine of ten stay below, in milliseconds.</summary>
internal sealed record Spread(double Median, double P90)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Spread(Math.Round(Statistics.Median(sorted), 1), Math.Round(sorted[(int)Math.Ceiling(sorted.Length * 0.9) - 1], 1));
    }
}

/// <summary>One program: how long its first reply takes, and where that goes.</summary>
/// <param name="Program">How it was made.</param>
/// <param name="Runs">Counted starts.</param>
/// <param name="FirstReply">What is promised.</param>
/// <param name="Nothing">The same for a process that prints a line and does nothing else: what no program can go below.</param>
/// <param name="Phases">The parts of a first reply, and what comes after it.</param>
internal sealed record StartRow(string Program, int Runs, Spread FirstReply, Spread Nothing, IReadOnlyDictionary<string, Spread> Phases)
{
    public static StartRow Of(string program, IReadOnlyList<StartTimes> starts, IReadOnlyList<double> nothing) => new(
        program,
        starts.Count,
        Spread.Of(starts.Select(start => start.FirstReply)),
        Spread.Of(nothing),
        new Dictionary<string, Spread>
        {
            ["runtime"] = Spread.Of(starts.Select(start => start.Runtime)),
            ["node"] = Spread.Of(starts.Select(start => start.Node)),
            ["httpClient"] = Spread.Of(starts.Select(start => start.HttpClient)),
            ["connect"] = Spread.Of(starts.Select(start => start.Connect)),
            ["handshake"] = Spread.Of(starts.Select(start => start.Handshake)),
            ["reply"] = Spread.Of(starts.Select(start => start.Reply)),
            ["print"] = Spread.Of(starts.Select(start => start.Print)),
            ["leave"] = Spread.Of(starts.Select(start => start.Leave)),
            ["exit"] = Spread.Of(starts.Select(start => start.Exit)),
        });

    public static string ToJson(IReadOnlyList<StartRow> rows) => JsonSerializer.Serialize(rows, StartRowJson.Default.IReadOnlyListStartRow);
}

/// <summary>Written without reflection, of which a native program has little.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<StartRow>))]
internal sealed partial class StartRowJson : JsonSerializerContext;
