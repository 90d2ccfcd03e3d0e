using Spectre.Console;

namespace Backpressure;

/// <summary>Everything a run says on standard output: pictures that move on a terminal, lines elsewhere.</summary>
internal sealed class Screen(IAnsiConsole console, bool isTerminal, TimeProvider time)
{
    private static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineTime = TimeSpan.FromMilliseconds(500);

    public static Screen ForConsole() =>
        new(AnsiConsole.Console, !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive, TimeProvider.System);

    // Not WriteLine of the console: that would break long lines.
    public void Line(string line) => console.Profile.Out.Writer.WriteLine(line);

    /// <summary>Shows sample after sample until the work has ended, and one more then.</summary>
    public async Task FollowAsync(Task work, Func<Sample> next)
    {
        if (!isTerminal)
        {
            await FollowAsync(work, LineTime, () => Write(next()));
            return;
        }

        var picture = new Picture(console.Profile.Width);
        await console.Live(picture.Draw(next())).StartAsync(
            live => FollowAsync(work, FrameTime, () => live.UpdateTarget(picture.Draw(next()))));
    }

    private void Write(Sample sample)
    {
        foreach (var happening in sample.News)
        {
            Line(PlainText.Of(happening));
        }

        Line(PlainText.Of(sample));
    }

    private async Task FollowAsync(Task work, TimeSpan interval, Action show)
    {
        bool ended;
        do
        {
            ended = work.IsCompleted;
            show();
            await Task.WhenAny(work, Task.Delay(interval, time));
        }
        while (!ended);
    }
}
