using System.Reflection;
using System.Security.Cryptography;

namespace Remote.Tests;

/// <summary>The recordings of one release: its conversations, the protocol as it was, and a checksum of each, for they are never changed.</summary>
internal sealed class ReleaseFolder
{
    private const string Prefix = "remote-";
    private const string SchemaFile = "protocol.bin";
    private const string Checksums = "SHA256SUMS";

    private readonly string _path;

    private ReleaseFolder(string path) => _path = path;

    /// <summary>The release that this code is going to be: its major and minor number.</summary>
    public static string ThisRelease { get; } = typeof(ReliableRemote).Assembly.GetName().Version!.ToString(2);

    /// <summary>All that there are, where the tests run.</summary>
    public static IReadOnlyList<ReleaseFolder> All { get; } =
        [.. Directory.EnumerateDirectories(Path.Combine(AppContext.BaseDirectory, "Recordings"), Prefix + "*").Order(StringComparer.Ordinal).Select(path => new ReleaseFolder(path))];

    public string Release => Path.GetFileName(_path)[Prefix.Length..];

    public IReadOnlyList<string> Scenarios => [.. Directory.EnumerateFiles(_path, "*.jsonl").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public ReleaseSchema Schema => ReleaseSchema.Parse(File.ReadAllBytes(Path.Combine(_path, SchemaFile)));

    public static ReleaseFolder Of(string release) => All.Single(folder => folder.Release == release);

    public ReleaseConversation Read(string scenario) => ReleaseConversation.Parse(File.ReadLines(Path.Combine(_path, scenario + ".jsonl")));

    /// <summary>Says which files were changed, added or taken away since they were recorded.</summary>
    public IEnumerable<string> Changes()
    {
        var recorded = File.ReadLines(Path.Combine(_path, Checksums)).Select(line => line.Split("  ")).ToDictionary(words => words[1], words => words[0]);
        var present = Sums();
        return recorded.Keys.Union(present.Keys).Where(file => recorded.GetValueOrDefault(file) != present.GetValueOrDefault(file)).Select(file => $"{Path.GetFileName(_path)}/{file}");
    }

    /// <summary>Records this release into the sources.</summary>
    public static async Task<int> RecordAsync()
    {
        var sources = typeof(ReleaseFolder).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Recordings").Value!;
        var folder = new ReleaseFolder(Path.Combine(sources, Prefix + ThisRelease));
        if (Directory.Exists(folder._path))
        {
            await Console.Error.WriteLineAsync($"{folder._path} exists. What was released is never recorded again; if {ThisRelease} was not released, delete the folder first.");
            return 1;
        }

        List<ReleaseConversation> conversations = [];
        foreach (var scenario in ReleaseScenarios.All)
        {
            Console.WriteLine(scenario.Name);
            conversations.Add(await ReleaseRecorder.RecordAsync(scenario, ThisRelease));
        }

        Directory.CreateDirectory(folder._path);
        await File.WriteAllBytesAsync(Path.Combine(folder._path, SchemaFile), ReleaseSchema.Present());
        foreach (var conversation in conversations)
        {
            await File.WriteAllTextAsync(Path.Combine(folder._path, conversation.Scenario + ".jsonl"), conversation.Format());
        }

        await File.WriteAllLinesAsync(Path.Combine(folder._path, Checksums), folder.Sums().OrderBy(sum => sum.Key, StringComparer.Ordinal).Select(sum => $"{sum.Value}  {sum.Key}"));
        Console.WriteLine($"{conversations.Count} conversations are in {folder._path}.");
        return 0;
    }

    private Dictionary<string, string> Sums() => Directory.EnumerateFiles(_path)
        .Where(file => Path.GetFileName(file) != Checksums)
        .ToDictionary(file => Path.GetFileName(file), file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));
}
