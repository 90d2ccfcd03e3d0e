using Spectre.Console;

namespace WordCount;

/// <summary>Bars that move: one for the whole count, and one per worker that shows how full its queue is.</summary>
internal sealed class LiveProgressView : IProgressView
{
    private readonly IAnsiConsole _console;
    private readonly ProgressContext _context;
    private readonly ProgressTask _whole;
    private readonly Dictionary<int, ProgressTask> _queues = [];
    private readonly int _window;

    /// <param name="console">Where notes are written, above the bars.</param>
    /// <param name="context">Draws the bars.</param>
    /// <param name="window">The unfinished chunks of a worker whose queue is full.</param>
    public LiveProgressView(IAnsiConsole console, ProgressContext context, int window)
    {
        _console = console;
        _context = context;
        _window = window;
        _whole = context.AddTask("counting", maxValue: 1);
    }

    public TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(100);

    public void Show(ProgressSnapshot snapshot, double messagesPerSecond)
    {
        _whole.Value = snapshot.Fraction;
        _whole.Description = $"{snapshot.Fraction:P0} of {Sizes.Text(snapshot.BytesTotal)}, {messagesPerSecond:N0} messages/s";
        foreach (var worker in snapshot.Workers)
        {
            ShowQueue(worker);
        }
    }

    public void Note(string text) => _console.MarkupLineInterpolated($"{text}");

    private void ShowQueue(WorkerProgress worker)
    {
        if (!_queues.TryGetValue(worker.Number, out var queue))
        {
            queue = _context.AddTask($"worker {worker.Number}", maxValue: _window);
            _queues.Add(worker.Number, queue);
        }

        queue.Value = worker.Unfinished;
        queue.Description = worker.IsLost
            ? $"[red]worker {worker.Number} lost[/]"
            : $"worker {worker.Number}: {worker.Unfinished} unfinished chunks";
    }
}
