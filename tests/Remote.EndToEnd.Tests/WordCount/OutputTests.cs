using System.Text.Json;
using Remote.Testing;
using Spectre.Console;
using WordCount;

namespace Remote.EndToEnd.Tests;

public sealed class OutputTests
{
    private static readonly ProgressSnapshot Halfway =
        new(32 << 20, 64 << 20, 2500, Waiting: 2, [new(1, 8, false), new(2, 0, true)], ["worker 2 lost"]);

    [Fact]
    public void Line_Snapshot_SaysHowFarHowFastAndWhatIsQueuedWhere()
    {
        Assert.Equal(
            " 50 % of 64.0 MiB, 1,234 messages/s, unfinished chunks: worker 1 8, worker 2 lost, waiting 2",
            PlainProgressView.Line(Halfway, 1234.4));
    }

    [Fact]
    public void Fraction_NothingToCount_IsWhole()
    {
        Assert.Equal(1, (Halfway with { BytesDone = 0, BytesTotal = 0 }).Fraction);
    }

    [Theory]
    [InlineData(0, "0 bytes")]
    [InlineData(1023, "1023 bytes")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(64L << 20, "64.0 MiB")]
    [InlineData(3L << 50, "3072.0 TiB")]
    public void Text_Bytes_AreInTheLargestUnit(long bytes, string text) => Assert.Equal(text, Sizes.Text(bytes));

    [Fact]
    public void Next_MessagesSinceTheLastCall_ArePerSecond()
    {
        var time = new ManualTimeProvider();
        var rate = new MessageRate(time);

        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(50, rate.Next(100));
        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(20, rate.Next(110));
        Assert.Equal(0, rate.Next(110));
    }

    [Fact]
    public void ToJson_Report_HasExactlyTheseNames()
    {
        var report = new JsonReport(1, 2, 3, 4, 5, [new("слово", 6)], 7, 8, 9.5, Verified: null);

        var json = report.ToJson();

        using var document = JsonDocument.Parse(json);
        Assert.Equal(
            ["files", "skipped", "bytes", "words", "distinct", "top", "workers", "workersLost", "seconds", "verified"],
            document.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(["word", "count"], document.RootElement.GetProperty("top")[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("verified").ValueKind);
        Assert.Contains("слово", json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgressAsync_NotATerminal_WritesNotesAndLinesUntilTheWorkHasEnded()
    {
        var output = new StringWriter();
        var time = new ManualTimeProvider();
        var work = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var display = new RunDisplay(ConsoleTo(output), isTerminal: false, time);

        var shown = 0;
        var progress = display.ProgressAsync(work.Task, window: 8, () =>
        {
            shown++;
            return Task.FromResult(shown == 1 ? Halfway : Halfway with { BytesDone = 64 << 20, Notes = [] });
        });
        work.SetResult();
        await progress.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(
            [
                "worker 2 lost",
                PlainProgressView.Line(Halfway, 0),
                PlainProgressView.Line(Halfway with { BytesDone = 64 << 20 }, 0),
            ],
            output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task ProgressAsync_Terminal_DrawsABarForTheWholeAndOneForEachQueue()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 120;

        await new RunDisplay(console, isTerminal: true, TimeProvider.System)
            .ProgressAsync(Task.CompletedTask, window: 8, () => Task.FromResult(Halfway))
            .WaitAsync(TimeSpan.FromSeconds(30));

        foreach (var part in new[] { "50 % of 64.0 MiB", "messages/s", "worker 1: 8 unfinished chunks", "worker 2 lost", "━━" })
        {
            Assert.Contains(part, output.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Table_WordsWithMarkupAndGiants_AreShownAsTheyAre()
    {
        var output = new StringWriter();

        new RunDisplay(ConsoleTo(output), isTerminal: false, TimeProvider.System).Table([new("the", 1234567), new(new string('x', 1000), 1)]);

        Assert.Contains("1,234,567", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(new string('x', 37) + "...", output.ToString(), StringComparison.Ordinal);
    }

    private static IAnsiConsole ConsoleTo(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) });
}
