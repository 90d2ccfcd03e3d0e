namespace Remote.Tests.Fuzz;

/// <summary>What real nodes have said to each other: the recorded conversations of Proto.Actor, and golden frames with the fields of links.</summary>
internal static class FuzzCorpus
{
    public static IReadOnlyList<byte[]> Load()
    {
        List<byte[]> frames = [];
        foreach (var file in Files("Recordings", "*.jsonl", SearchOption.TopDirectoryOnly))
        {
            frames.AddRange(Conversation.Load(Path.GetFileNameWithoutExtension(file)).Entries
                .Where(entry => entry.Kind == RecordedKind.Message && IsFrame(entry.Case)).Select(entry => entry.Bytes));
        }

        var golden = Files("Golden", "*.bin", SearchOption.AllDirectories).Select(File.ReadAllBytes);
        frames.AddRange(golden.Where(bytes => bytes.Length <= 16 * 1024));
        return frames;
    }

    private static IEnumerable<string> Files(string folder, string pattern, SearchOption depth) =>
        System.IO.Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, folder), pattern, depth).Order(StringComparer.Ordinal);

    private static bool IsFrame(string kind) => kind is "MessageBatch" or "ConnectRequest" or "ConnectResponse" or "DisconnectRequest";
}
