namespace Remote.Tests.Fuzz;

/// <summary>What real nodes have said to each other: the recorded conversations of Proto.Actor, and golden frames with the fields of links.</summary>
internal static class FuzzCorpus
{
    public static IReadOnlyList<byte[]> Load()
    {
        List<byte[]> frames = [];
        foreach (var file in Files("Recordings", "*.jsonl"))
        {
            frames.AddRange(Conversation.Load(Path.GetFileNameWithoutExtension(file)).Entries
                .Where(entry => entry.Kind == RecordedKind.Message && IsFrame(entry.Case)).Select(entry => entry.Bytes));
        }

        frames.AddRange(Files("Golden", "*.bin").Select(File.ReadAllBytes).Where(bytes => bytes.Length <= 16 * 1024));
        return frames;
    }

    private static IEnumerable<string> Files(string folder, string pattern) => System.IO.Directory
        .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, folder), pattern, folder == "Golden" ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
        .Order(StringComparer.Ordinal);

    private static bool IsFrame(string kind) => kind is "MessageBatch" or "ConnectRequest" or "ConnectResponse" or "DisconnectRequest";
}
