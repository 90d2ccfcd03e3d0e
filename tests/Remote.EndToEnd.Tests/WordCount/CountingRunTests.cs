using System.Diagnostics;
using System.Text;
using Spectre.Console;
using WordCount;

namespace Remote.EndToEnd.Tests;

/// <summary>The coordinator within the test process, so that a test can put something else in place of a worker or change a file.</summary>
public sealed class CountingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _errors = new();

    public CountingRunTests() => _folder.Write("corpus/a.txt", "one two two");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RunAsync_OneWorkerFailsToStart_IsSaidAndCountedAsLost()
    {
        var programs = new Queue<ProcessStartInfo>([Worker(), new("/bin/sh", ["-c", "exit 7"])]);

        Assert.Equal(ExitCode.Right, await RunAsync(new StringWriter(), programs.Dequeue));

        Assert.Matches(@"^worker 2 did not start: pid \d+ ended with exit code 7 before it gave an address\n$", _errors.ToString());
        var report = Report();
        Assert.Equal((3L, 2, 1), (report.Words, report.Workers, report.WorkersLost));
    }

    [Fact]
    public async Task RunAsync_NoWorkerStarts_EndsWithThree()
    {
        Assert.Equal(ExitCode.NoWorkerLeft, await RunAsync(new StringWriter(), () => new("/bin/sh", ["-c", "exit 7"])));

        Assert.Contains("worker 1 did not start: ", _errors.ToString(), StringComparison.Ordinal);
        Assert.Contains("worker 2 did not start: ", _errors.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("no worker left: none of 2 started, or none stayed\n", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_WorkerThatIsNoNode_IsSaidAndCountedAsLost()
    {
        var programs = new Queue<ProcessStartInfo>([new("/bin/sh", ["-c", "echo listening on 127.0.0.1:1; cat"]), Worker()]);

        Assert.Equal(ExitCode.Right, await RunAsync(new StringWriter(), programs.Dequeue));

        Assert.StartsWith("worker 1 lost: no counter could be spawned at 127.0.0.1:1: ", _errors.ToString(), StringComparison.Ordinal);
        Assert.Equal((3L, 1), (Report().Words, Report().WorkersLost));
    }

    [Fact]
    public async Task RunAsync_CountsDiffer_NamesTheWordsAndEndsWithOne()
    {
        // The file changes between the two counts.
        var output = new ReactingWriter("counted in", () => _folder.Write("corpus/a.txt", "one two three"));

        Assert.Equal(ExitCode.WrongCount, await RunAsync(output, Worker));

        Assert.StartsWith("WRONG: ", _errors.ToString(), StringComparison.Ordinal);
        Assert.Contains("  three: 0 counted, 1 expected\n  two: 2 counted, 1 expected\n", _errors.ToString(), StringComparison.Ordinal);
        Assert.False(Report().Verified);
    }

    private static ProcessStartInfo Worker() =>
        new(Path.Combine(AppContext.BaseDirectory, "WordCount"), [CommandLine.WorkerCommand]);

    private JsonReport Report() => JsonReport.Parse(File.ReadAllText(_folder.Of("report.json")))!;

    private Task<int> RunAsync(TextWriter output, Func<ProcessStartInfo> workerProgram)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        var options = new RunOptions(_folder.Of("corpus"), Workers: 2, Top: 10, Verify: true, _folder.Of("report.json"));
        return new CountingRun(options, new RunDisplay(console, isTerminal: false, TimeProvider.System), _errors, workerProgram)
            .RunAsync(CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(90));
    }

    private sealed class ReactingWriter(string text, Action react) : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                react();
            }
        }
    }
}
