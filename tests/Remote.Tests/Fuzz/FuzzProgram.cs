using System.Globalization;

namespace Remote.Tests.Fuzz;

/// <summary>
/// A process that does nothing but read hostile frames: what it keeps in memory, and exceptions that nobody looked at, are of those and of
/// nothing else. A run that failed is repeated with <c>dotnet Remote.Tests.dll fuzz SEED FRAMES SOCKETFRAMES managed</c>.
/// </summary>
internal static class FuzzProgram
{
    public const string Name = "fuzz";

    public static async Task<int> RunAsync(string seed, string frames, string socketFrames, string memory)
    {
        var unobserved = 0;
        TaskScheduler.UnobservedTaskException += (_, e) =>
        {
            Interlocked.Increment(ref unobserved);
            Console.Out.WriteLine($"unobserved {e.Exception.ToString().ReplaceLineEndings(" | ")}");
        };
        var thrown = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        AppDomain.CurrentDomain.FirstChanceException += (_, e) => thrown.AddOrUpdate(e.Exception.GetType().Name, 1, (_, c) => c + 1);
        var sw = System.Diagnostics.Stopwatch.StartNew();
        try
        {
            await new FuzzRun(ulong.Parse(seed, CultureInfo.InvariantCulture), Count(frames), Count(socketFrames), memory == "resident").RunAsync();
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync($"seed {seed}: {exception}");
            return 1;
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Console.Out.WriteLine($"took {sw.Elapsed} cpu {Environment.CpuUsage.TotalTime} {string.Join(" ", thrown)}");
        Console.Out.WriteLine($"done {unobserved}");
        return 0;
    }

    private static int Count(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
