using System.Text;

namespace WordCount;

/// <summary>Counts a small corpus whose words are known: the quick proof that the program works on this machine.</summary>
internal static class SelfCheck
{
    private const int Lines = 20_000;

    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("wordcount-check-");
        try
        {
            var corpus = folder.CreateSubdirectory("corpus");
            await WriteCorpusAsync(corpus.FullName, cancellation);
            var json = Path.Combine(folder.FullName, "report.json");
            var options = new RunOptions(corpus.FullName, Workers: 2, Top: 3, Verify: true, json);
            var exitCode = await new CountingRun(options, RunDisplay.ForConsole(), Console.Error, WorkerProcess.ThisProgram).RunAsync(cancellation);
            return exitCode == ExitCode.Right && IsRight(JsonReport.Parse(await File.ReadAllTextAsync(json, cancellation))) ? ExitCode.Right : ExitCode.WrongCount;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task WriteCorpusAsync(string folder, CancellationToken cancellation)
    {
        // Several chunks of text in two scripts, each line with its own word and three that repeat.
        var lines = Enumerable.Range(0, Lines).Select(line => $"One Слово w{line} one");
        await File.WriteAllLinesAsync(Path.Combine(folder, "lines.txt"), lines, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true), cancellation);
        await File.WriteAllBytesAsync(Path.Combine(folder, "invalid.txt"), [.. "one"u8, 0xFF, .. "two"u8], cancellation);
        await File.WriteAllBytesAsync(Path.Combine(folder, "binary"), [.. "one"u8, 0], cancellation);
    }

    private static bool IsRight(JsonReport? report)
    {
        WordFrequency[] top = [new("one", (2 * Lines) + 1), new("слово", Lines), new("two", 1)];
        var right = report is { Files: 2, Skipped: 1, Words: (4 * Lines) + 2, Distinct: Lines + 3, WorkersLost: 0, Verified: true }
            && report.Top.SequenceEqual(top);
        Console.WriteLine(right ? "self-check passed" : "self-check FAILED: the counts are not the known ones");
        return right;
    }
}
