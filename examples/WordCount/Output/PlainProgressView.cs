using System.Globalization;

namespace WordCount;

/// <summary>A line now and then, for pipes and files.</summary>
internal sealed class PlainProgressView(TextWriter output) : IProgressView
{
    public TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(500);

    public void Show(ProgressSnapshot snapshot, double messagesPerSecond) => output.WriteLine(Line(snapshot, messagesPerSecond));

    public void Note(string text) => output.WriteLine(text);

    internal static string Line(ProgressSnapshot snapshot, double messagesPerSecond)
    {
        var queues = string.Join(", ", snapshot.Workers.Select(Queue));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{snapshot.Fraction * 100,3:F0} % of {Sizes.Text(snapshot.BytesTotal)}, {messagesPerSecond:N0} messages/s, unfinished chunks: {queues}, waiting {snapshot.Waiting}");
    }

    private static string Queue(WorkerProgress worker) =>
        worker.IsLost ? $"worker {worker.Number} lost" : $"worker {worker.Number} {worker.Unfinished}";
}
