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
        Console.Out.WriteLine($"took {Environment.CpuUsage.TotalTime}");
        Console.Out.WriteLine($"done {unobserved}");
        return 0;
    }

    private static int Count(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
