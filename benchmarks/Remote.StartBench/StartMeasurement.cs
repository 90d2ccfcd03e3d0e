using System.Diagnostics;
using Remote.LoadTest;

namespace Remote.StartBench;

/// <summary>A way to make the same program.</summary>
internal sealed record Subject(string Name, string Program);

/// <summary>Starts the programs again and again, in turns, beside one server that stays.</summary>
internal sealed class StartMeasurement(IReadOnlyList<Subject> subjects, int runs, TextWriter progress)
{
    // The first starts read files that nobody has read for a while.
    private const int WarmUp = 2;

    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    public async Task<IReadOnlyList<StartRow>> MeasureAsync(CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("remote-start-");
        var socket = Path.Combine(folder.FullName, "node");
        try
        {
            using var server = Start(Environment.ProcessPath!, Roles.Server, socket);
            try
            {
                await ReadAsync(server, Roles.Listening, cancellation);
                return await MeasureAsync(socket, cancellation);
            }
            finally
            {
                server.StandardInput.Close();
                await server.WaitForExitAsync(cancellation);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<IReadOnlyList<StartRow>> MeasureAsync(string socket, CancellationToken cancellation)
    {
        var starts = subjects.ToDictionary(subject => subject, _ => new List<StartTimes>());
        var nothing = subjects.ToDictionary(subject => subject, _ => new List<double>());
        for (var run = -WarmUp; run < runs; run++)
        {
            foreach (var subject in subjects)
            {
                var floor = await StartOnceAsync(subject, [Roles.Nothing], cancellation);
                var start = await StartOnceAsync(subject, [Roles.FirstReply, socket], cancellation);
                await progress.WriteLineAsync($"{subject.Name}, {(run < 0 ? "warm-up" : $"start {run + 1} of {runs}")}: {start.FirstReply:0.0} ms, nothing {floor.FirstReply:0.0} ms");
                if (run >= 0)
                {
                    nothing[subject].Add(floor.FirstReply);
                    starts[subject].Add(start);
                }
            }
        }

        return [.. subjects.Select(subject => StartRow.Of(subject.Name, starts[subject], nothing[subject]))];
    }

    private static async Task<StartTimes> StartOnceAsync(Subject subject, string[] arguments, CancellationToken cancellation)
    {
        var asked = Stopwatch.GetTimestamp();
        using var process = Start(subject.Program, arguments);
        await ReadAsync(process, "Hello, world!", cancellation);
        var read = Stopwatch.GetTimestamp();
        var stamps = Stamps.Parse(await ReadAsync(process, "", cancellation));
        await process.WaitForExitAsync(cancellation);
        var gone = Stopwatch.GetTimestamp();
        return stamps.WebServer.Count == 0
            ? StartTimes.Of(asked, stamps, read, gone)
            : throw new LoadTestException($"{subject.Name} has loaded parts of a web server: {string.Join(", ", stamps.WebServer)}.");
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })
        ?? throw new LoadTestException($"'{program}' did not start.");

    private static async Task<string> ReadAsync(Process process, string expected, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(Ceiling);
        var line = await process.StandardOutput.ReadLineAsync(timeout.Token);
        return line is not null && line.StartsWith(expected, StringComparison.Ordinal)
            ? line
            : throw new LoadTestException($"The process {process.Id} said '{line}' instead of '{expected}'.");
    }
}
