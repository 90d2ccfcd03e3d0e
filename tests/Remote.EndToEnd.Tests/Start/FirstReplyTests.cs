using System.Diagnostics;

namespace Remote.EndToEnd.Tests;

/// <summary>A command-line tool asks a node on the same machine, over a Unix socket, and ends: the program that `benchmarks/Remote.StartBench` measures.</summary>
public sealed class FirstReplyTests
{
    // Promised are 150 ms for a program that was compiled beforehand, on a machine that does nothing else. This one is not, and here everything runs
    // at once: ten times that means that something is wrong, and not that the machine is busy.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(1500);

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
            List<TimeSpan> times = [];
            while (times.Count < 3 || (times.Count < 10 && times.Min() >= Limit))
            {
                times.Add(await StartAsync(socket));
            }

            Assert.True(times.Min() < Limit, $"The first reply took {string.Join(", ", times.Select(time => $"{time.TotalMilliseconds:N0} ms"))}; the limit is {Limit.TotalMilliseconds:N0} ms.");
            server.CloseInput();
            Assert.Equal(0, (await server.WaitForExitAsync()).ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
