using System.Diagnostics;
using System.Globalization;
using WordCount;

namespace Remote.EndToEnd.Tests;

/// <summary>A corpus of 64 MB, real processes, real signals.</summary>
public sealed class WordCountWorkerLossTests(WordCountWorkerLossTests.Corpus corpus) : IClassFixture<WordCountWorkerLossTests.Corpus>
{
    private const int Top = 1000;

    private readonly GeneratedCorpus _corpus = corpus.Files;

    /// <summary>Two of three; the long run has one of three too.</summary>
    public static TheoryData<int> Killed => TestScale.IsLong ? [1, 2] : [2];

    [Theory]
    [MemberData(nameof(Killed))]
    public async Task Count_WorkersKilledWithUnfinishedChunks_TheOthersFinishThemAndTheCountIsExact(int killed)
    {
        await using var program = Start(workers: 3);
        var processes = await program.WorkersAsync(3);
        var victims = Enumerable.Range(1, killed).ToArray();

        // A stopped worker finishes nothing any more. After two more lines of progress, what was on its way from it has arrived,
        // and what it still has is unfinished for good.
        await StopInTheMiddleAsync(program, processes, victims);
        await program.UnfinishedAsync();
        var unfinished = await program.UnfinishedAsync();
        Assert.All(victims, victim => Assert.InRange(unfinished[victim], 1, CoordinatorActor.Window));
        await WordCountProgram.SignalAsync("KILL", [.. victims.Select(victim => processes[victim])]);

        // Whichever comes first: what was sent and not acknowledged is given up, or the watch is answered.
        var givenAgain = 0;
        foreach (var _ in victims)
        {
            var line = await program.LineAsync(@"^worker [12] lost \((?:AddressTerminated|DeliveryUnknown)\): (\d+) unfinished chunks go to the others$");
            givenAgain += int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture);
        }

        Assert.Equal(victims.Sum(victim => unfinished[victim]), givenAgain);
        await AssertExactAsync(program, workersLost: killed);
    }

    [Fact]
    public async Task Count_WorkerStoppedForThreeSeconds_IsNotLost()
    {
        await using var program = Start(workers: 2);
        var processes = await program.WorkersAsync(2);

        await StopInTheMiddleAsync(program, processes, 1);
        var stopped = Stopwatch.StartNew();
        while (stopped.Elapsed < TimeSpan.FromSeconds(3.1))
        {
            Assert.InRange((await program.UnfinishedAsync())[1], 1, CoordinatorActor.Window);
        }

        await WordCountProgram.SignalAsync("CONT", processes[1]);

        await AssertExactAsync(program, workersLost: 0);
        Assert.DoesNotContain(program.Lines, line => line.Contains("lost (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Count_EveryWorkerKilled_SaysSoAndEndsWithThree()
    {
        await using var program = Start(workers: 2);
        var processes = await program.WorkersAsync(2);
        await StopInTheMiddleAsync(program, processes, 1, 2);

        await WordCountProgram.SignalAsync("KILL", [.. processes.Values]);
        var (exitCode, errors) = await program.EndAsync();

        Assert.Equal(ExitCode.NoWorkerLeft, exitCode);
        Assert.Matches(@"^no worker left: all of them were lost, with \d+\.\d MiB not counted\n$", errors);
        Assert.False(program.HasReport);
    }

    [Fact]
    public async Task Count_CoordinatorKilled_ItsWorkersEndToo()
    {
        await using var program = Start(workers: 2);
        await program.WorkersAsync(2);

        await WordCountProgram.SignalAsync("KILL", program.ProcessId);

        // Ends only when no worker is left that could write to standard error.
        await program.EndAsync();
    }

    [Fact]
    public async Task Count_Interrupted_SaysSoAndEndsWithItsWorkers()
    {
        await using var program = Start(workers: 2);
        await program.WorkersAsync(2);
        await program.UnfinishedAsync();

        await WordCountProgram.SignalAsync("INT", program.ProcessId);

        Assert.Equal((ExitCode.Interrupted, "interrupted\n"), await program.EndAsync());
        Assert.False(program.HasReport);
    }

    private WordCountProgram Start(int workers) => WordCountProgram.Start(
        "--path", _corpus.Path, "--workers", workers.ToString(CultureInfo.InvariantCulture), "--top", Top.ToString(CultureInfo.InvariantCulture));

    private static async Task StopInTheMiddleAsync(WordCountProgram program, Dictionary<int, int> processes, params int[] workers)
    {
        Dictionary<int, int> unfinished;
        do
        {
            unfinished = await program.UnfinishedAsync();
        }
        while (workers.Any(worker => unfinished[worker] == 0));
        await WordCountProgram.SignalAsync("STOP", [.. workers.Select(worker => processes[worker])]);
    }

    private async Task AssertExactAsync(WordCountProgram program, int workersLost)
    {
        var (exitCode, errors) = await program.EndAsync();

        Assert.Equal("", errors);
        Assert.Equal(ExitCode.Right, exitCode);
        var report = program.Report;
        Assert.Equal(workersLost, report.WorkersLost);
        Assert.Equal((_corpus.FileCount, 0, _corpus.Bytes), (report.Files, report.Skipped, report.Bytes));
        Assert.Equal((_corpus.Expected.Words, _corpus.Expected.Distinct), (report.Words, report.Distinct));
        Assert.Equal(_corpus.Expected.Top(Top), report.Top);
    }

    public sealed class Corpus : IDisposable
    {
        internal GeneratedCorpus Files { get; } = new(seed: 20261120);

        public void Dispose() => Files.Dispose();
    }
}
