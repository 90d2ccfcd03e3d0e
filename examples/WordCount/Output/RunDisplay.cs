using Spectre.Console;

namespace WordCount;

/// <summary>Everything a run says on standard output.</summary>
internal sealed class RunDisplay(IAnsiConsole console, bool isTerminal, TimeProvider time)
{
    public static RunDisplay ForConsole() => new(AnsiConsole.Console, !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive, TimeProvider.System);

    // Not WriteLine of the console: that would break long lines, and a path or an address must stay whole.
    public void Line(string line) => console.Profile.Out.Writer.WriteLine(line);

    /// <summary>Shows what <paramref name="snapshot"/> answers until the work has ended, and once more then.</summary>
    public async Task ProgressAsync(Task work, int window, Func<Task<ProgressSnapshot>> snapshot)
    {
        if (!isTerminal)
        {
            await FollowAsync(work, new PlainProgressView(console.Profile.Out.Writer), snapshot);
            return;
        }

        await console.Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn())
            .StartAsync(context => FollowAsync(work, new LiveProgressView(console, context, window), snapshot));
    }

    /// <summary>The table of the top words.</summary>
    public void Table(IReadOnlyList<WordFrequency> top)
    {
        if (top.Count == 0)
        {
            return;
        }

        var table = new Table().Border(isTerminal ? TableBorder.Rounded : TableBorder.Ascii);
        table.AddColumn("word");
        table.AddColumn(new TableColumn("count").RightAligned());
        foreach (var (word, count) in top)
        {
            table.AddRow(Markup.Escape(Shortened(word)), $"{count:N0}");
        }

        console.Write(table);
    }

    private async Task FollowAsync(Task work, IProgressView view, Func<Task<ProgressSnapshot>> snapshot)
    {
        var rate = new MessageRate(time);
        bool ended;
        do
        {
            ended = work.IsCompleted;
            var now = await snapshot();
            if (now.Notes.Count > 0)
            {
                // In one go: on a terminal each note redraws the bars, and thousands of files may be skipped at a time.
                view.Note(string.Join('\n', now.Notes));
            }

            view.Show(now, rate.Next(now.Messages));
            await Task.WhenAny(work, Task.Delay(view.Interval, time));
        }
        while (!ended);
    }

    private static string Shortened(string word) => word.Length <= 40 ? word : $"{word[..37]}...";
}
