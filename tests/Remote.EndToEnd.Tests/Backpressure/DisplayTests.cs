using Backpressure;
using Remote.Testing;
using Spectre.Console;

namespace Remote.EndToEnd.Tests;

public sealed class DisplayTests
{
    private static readonly Sample Busy = new(
        TimeSpan.FromSeconds(2.5),
        IsFlooding: true,
        new EndpointStatistics { Address = "127.0.0.1:4711", State = EndpointState.Connected, Level = BackpressureLevel.Critical, QueueLength = 875, QueueCapacity = 1000, Waiters = 3 },
        Offered: 1500,
        Accepted: 500,
        GivenUp: 1000,
        Taken: 499,
        TakenInAll: 1234,
        new Dictionary<string, Letters> { ["QueueFull"] = new(2345, 0) },
        [new Happening(TimeSpan.FromSeconds(1.25), "Warning -> Critical: 850 of 1,000 wait", BackpressureLevel.Critical)]);

    [Fact]
    public void Of_Sample_IsOneLine() => Assert.Equal(
        "  2.50 s  lane 875/1,000 Critical, offered 1,500/s, accepted 500/s, given up 1,000/s, waiting 3, taken 499/s, dead letters: QueueFull 2,345",
        PlainText.Of(Busy));

    [Fact]
    public void Of_SampleWithoutAConnection_SaysSo() =>
        Assert.Contains("Critical (Backoff), offered", PlainText.Of(Busy with { Lane = Busy.Lane with { State = EndpointState.Backoff } }), StringComparison.Ordinal);

    [Theory]
    [InlineData(EndpointState.Connected, true, "the producer is faster than the consumer")]
    [InlineData(EndpointState.Connected, false, "the producer is done, the lane empties")]
    [InlineData(EndpointState.Backoff, true, "there is no connection to the consumer")]
    [InlineData(EndpointState.Closed, false, "there is no connection to the consumer")]
    public async Task Follow_Terminal_SaysWhatIsGoingOn(EndpointState state, bool isFlooding, string phase)
    {
        var (console, output) = Console(isTerminal: true, 120);
        var sample = Busy with { Lane = Busy.Lane with { State = state }, IsFlooding = isFlooding };

        await new Screen(console, isTerminal: true, TimeProvider.System).FollowAsync(Task.CompletedTask, () => sample).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Contains(phase, output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Happening_IsOneLine() =>
        Assert.Equal("  1.25 s  * Warning -> Critical: 850 of 1,000 wait", PlainText.Of(Busy.News[0]));

    [Theory]
    [InlineData(0, "[red][/][grey35]░░░░[/]")]
    [InlineData(0.5, "[red]██[/][grey35]░░[/]")]
    [InlineData(0.53125, "[red]██▏[/][grey35]░[/]")]
    [InlineData(1.5, "[red]████[/][grey35][/]")]
    public void Bar_OfAShare_IsExactToAnEighth(double share, string markup) => Assert.Equal(markup, Bar.Of(share, 4, "red"));

    [Theory]
    [InlineData(0, "[green] [/]")]
    [InlineData(0.001, "[green]▁[/]")]
    [InlineData(0.5, "[green]▄[/]")]
    [InlineData(1, "[green]█[/]")]
    public void Column_OfAShare_IsAsHigh(double share, string markup) => Assert.Equal(markup, Bar.Column(share, BackpressureLevel.Normal));

    [Fact]
    public void Ruler_Marks_PointAtTheirShares() => Assert.Equal("[grey]    ▲half▲all[/]", Bar.Ruler(13, (0.4, "half"), (0.8, "all")));

    [Fact]
    public void Rate_CountsOverALongTime_IsThatOfTheLastSecond()
    {
        var time = new ManualTimeProvider();
        var rate = new Rate(time);

        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(200, rate.Next(100));
        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(400, rate.Next(400));
        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(300, rate.Next(400));
        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(0, rate.Next(400));
    }

    [Theory]
    [InlineData(120, "▲Warning")]
    [InlineData(60, "▲60")]
    public async Task Follow_Terminal_DrawsTheLaneInColourAndWhatHappened(int width, string mark)
    {
        var (console, output) = Console(isTerminal: true, width);

        await new Screen(console, isTerminal: true, TimeProvider.System).FollowAsync(Task.CompletedTask, () => Busy).WaitAsync(TimeSpan.FromSeconds(30));

        string[] parts = ["875 of 1,000", mark, "Critical", "1,500/s", "1,000/s", "●●●", "3 SendAsync", "QueueFull", "2,345 dead letters", "Warning -> Critical: 850 of 1,000 wait", "█"];
        Assert.All(parts, part => Assert.Contains(part, output.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Follow_NotATerminal_WritesLinesUntilTheWorkHasEnded()
    {
        var (console, output) = Console(isTerminal: false, width: 40);
        var time = new ManualTimeProvider();
        var work = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var shown = 0;
        var following = new Screen(console, isTerminal: false, time).FollowAsync(work.Task, () => shown++ == 0 ? Busy : Busy with { News = [] });
        work.SetResult();
        await following.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(
            [PlainText.Of(Busy.News[0]), PlainText.Of(Busy), PlainText.Of(Busy)],
            output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static (IAnsiConsole Console, StringWriter Output) Console(bool isTerminal, int width)
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = width;
        return (console, output);
    }
}
