using System.Diagnostics;
using System.Globalization;

namespace WordCount;

/// <summary>One run from the command line to the exit code.</summary>
/// <param name="options">What to do.</param>
/// <param name="display">Standard output.</param>
/// <param name="errors">Standard error.</param>
/// <param name="workerProgram">What to start as a worker.</param>
internal sealed class CountingRun(RunOptions options, RunDisplay display, TextWriter errors, Func<ProcessStartInfo> workerProgram)
{
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        display.Line($"looking for text files below {options.Path}");
        var found = TextFileFinder.Find(options.Path);
        display.Line($"{found.Files.Count} files, {Sizes.Text(found.Bytes)} below {options.Path}");
        var outcome = await CountAsync(found, cancellation);
        switch (outcome)
        {
            case CountFinished finished:
                return await ReportAsync(found, finished, cancellation);
            case CountAborted aborted:
                await errors.WriteLineAsync(aborted.Message);
                return aborted.ExitCode;
            default:
                throw new UnreachableException();
        }
    }

    private async Task<CountOutcome> CountAsync(FoundFiles found, CancellationToken cancellation)
    {
        await using var group = new WorkerGroup();
        var failures = await group.StartAsync(
            options.Workers,
            workerProgram,
            worker => display.Line($"worker {worker.Number} pid {worker.ProcessId} at {worker.Address}"),
            cancellation);
        foreach (var failure in failures)
        {
            await errors.WriteLineAsync(failure);
        }

        await using var node = await CoordinatorNode.StartAsync();
        foreach (var worker in group.Workers)
        {
            await node.SpawnCounterAsync(worker, errors.WriteLine, cancellation);
        }

        if (node.Counters == 0)
        {
            return new CountAborted(ExitCode.NoWorkerLeft, $"no worker left: none of {options.Workers} started, or none stayed");
        }

        var outcome = await node.CountAsync(found, display, cancellation);
        return outcome is CountFinished finished
            ? finished with { WorkersLost = finished.WorkersLost + options.Workers - node.Counters }
            : outcome;
    }

    private async Task<int> ReportAsync(FoundFiles found, CountFinished finished, CancellationToken cancellation)
    {
        var tally = finished.Tally;
        var top = tally.Totals.Top(options.Top);
        display.Table(top);
        display.Line(Summary(finished));

        bool? verified = options.Verify ? await VerifyAsync(found, tally.Totals, cancellation) : null;
        var report = new JsonReport(
            tally.Files, tally.Skipped, tally.Bytes, tally.Totals.Words, tally.Totals.Distinct, top,
            options.Workers, finished.WorkersLost, Math.Round(finished.Elapsed.TotalSeconds, 3), verified);
        if (options.JsonFile is not null && !await TryWriteAsync(options.JsonFile, report, cancellation))
        {
            return ExitCode.BadArguments;
        }

        return verified == false ? ExitCode.WrongCount : ExitCode.Right;
    }

    private string Summary(CountFinished finished)
    {
        var tally = finished.Tally;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{tally.Totals.Words:N0} words, {tally.Totals.Distinct:N0} of them different, in {tally.Files:N0} files ({Sizes.Text(tally.Bytes)}; {tally.Skipped:N0} skipped), counted in {finished.Elapsed.TotalSeconds:F2} s by {options.Workers} workers, {finished.WorkersLost} lost");
    }

    private async Task<bool> VerifyAsync(FoundFiles found, WordTotals counted, CancellationToken cancellation)
    {
        var expected = await Verification.CountAsync(found.Files, cancellation);
        var differences = Verification.Differences(counted, expected, atMost: 10);
        if (differences.Count == 0)
        {
            display.Line("verified: a count in this process is the same");
            return true;
        }

        await errors.WriteLineAsync("WRONG: a count in this process is another, or a file has changed meanwhile");
        foreach (var difference in differences)
        {
            await errors.WriteLineAsync($"  {difference}");
        }

        return false;
    }

    private async Task<bool> TryWriteAsync(string file, JsonReport report, CancellationToken cancellation)
    {
        try
        {
            await File.WriteAllTextAsync(file, report.ToJson() + "\n", cancellation);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync($"--json {file} cannot be written: {exception.Message}");
            return false;
        }
    }
}
