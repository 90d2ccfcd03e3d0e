namespace Backpressure;

/// <summary>Turns a rising count into a rate over the last second: steady enough to read, quick enough to follow.</summary>
internal sealed class Rate(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Queue<(long At, long Count)> _past = new([(time.GetTimestamp(), 0)]);

    public double Next(long count)
    {
        var now = time.GetTimestamp();
        while (_past.Count > 1 && time.GetElapsedTime(_past.Peek().At, now) > Window)
        {
            _past.Dequeue();
        }

        var (at, before) = _past.Peek();
        _past.Enqueue((now, count));
        var seconds = time.GetElapsedTime(at, now).TotalSeconds;
        return seconds > 0 ? (count - before) / seconds : 0;
    }
}
