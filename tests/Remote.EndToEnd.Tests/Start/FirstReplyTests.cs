using System.Diagnostics;

namespace Remote.EndToEnd.Tests;

/// <summary>A command-line tool asks a node on the same machine, over a Unix socket, and ends: the program that `benchmarks/Remote.StartBench` measures.</summary>
public sealed class FirstReplyTests
{
    // Promised are 150 ms for a program that was compiled beforehand, on a machine that does nothing else. This one is not, and here everything runs
    // at once: ten times that means that something is wrong, and not that the machine is busy.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(1500);

    // On a machine that is busier than that: on an idle one the program takes sixteen times what a process does that only prints a line.
    private const int TimesNothing = 25;

    private const int Stamps = 8;

    [Fact]
    public async Task FirstReply_OfAClientOnlyNode_ComesInTimeAndWithoutAWebServer()
    {
        var folder = Directory.CreateTempSubdirectory("remote-start-");
        try
        {
            var socket = Path.Combine(folder.FullName, "node");
            await using var server = NodeProcess.Start("Remote.StartBench", "server", socket);
            await server.ReadAfterAsync("listening");
            List<TimeSpan> times = [], nothings = [];
            while (times.Count < 3 || (times.Count < 10 && times.Min() >= LimitBeside(nothings)))
            {
                nothings.Add(await StartNothingAsync());
                times.Add(await StartAsync(socket));
            }

            Assert.True(times.Min() < LimitBeside(nothings), $"The first reply took {Text(times)}; the limit is {LimitBeside(nothings).TotalMilliseconds:N0} ms, beside processes that print a line after {Text(nothings)}.");
            server.CloseInput();
            Assert.Equal(0, (await server.WaitForExitAsync()).ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static TimeSpan LimitBeside(List<TimeSpan> nothings) => nothings.Min() * TimesNothing is var limit && limit > Limit ? limit : Limit;

    private static string Text(List<TimeSpan> times) => string.Join(", ", times.Select(time => $"{time.TotalMilliseconds:N0} ms"));

    private static async Task<TimeSpan> StartNothingAsync()
    {
        var since = Stopwatch.GetTimestamp();
        await using var program = NodeProcess.Start("Remote.StartBench", "nothing");
        await program.ReadLineAsync("a line");
        var time = Stopwatch.GetElapsedTime(since);
        Assert.Equal(0, (await program.WaitForExitAsync()).ExitCode);
        return time;
    }

    private static async Task<TimeSpan> StartAsync(string socket)
    {
        var since = Stopwatch.GetTimestamp();
        await using var tool = NodeProcess.Start("Remote.StartBench", "first-reply", socket);
        Assert.Equal("Hello, world!", await tool.ReadLineAsync("the answer"));
        var time = Stopwatch.GetElapsedTime(since);

        // Eight stamps, then the assemblies of a web server that it has loaded.
        var words = (await tool.ReadLineAsync("the stamps")).Split(' ');
        Assert.True(words.Length == Stamps, $"A node without a listener has loaded {string.Join(", ", words.Skip(Stamps))}.");
        Assert.Equal(0, (await tool.WaitForExitAsync()).ExitCode);
        return time;
    }
}
