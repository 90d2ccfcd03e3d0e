namespace Remote.Cluster.Tests;

/// <summary>What a process said, for the message of a test that fails. Thread-safe.</summary>
internal sealed class MemberTranscript
{
    private const int LinesInMessage = 30;
    private const int LongestLine = 2_000;

    private readonly List<string> _lines = [];

    public void Add(string line)
    {
        lock (_lines)
        {
            _lines.Add(line.Length > LongestLine ? line[..LongestLine] : line);
        }
    }

    public async Task ReadAsync(StreamReader stream, string mark)
    {
        while (await stream.ReadLineAsync() is { } line)
        {
            Add(mark + line);
        }
    }

    public string Describe(string who)
    {
        lock (_lines)
        {
            return $"{who}, said:\n{string.Join('\n', _lines.TakeLast(LinesInMessage))}";
        }
    }
}
