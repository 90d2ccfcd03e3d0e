using Proto;

namespace Remote.Benchmarks;

/// <summary>Counts messages and says when it has seen as many as it was told to expect.</summary>
internal sealed class CountingActor : IActor
{
    private long _seen;
    private long _expected = long.MaxValue;
    private TaskCompletionSource? _done;

    public Task ReceiveAsync(IContext context)
    {
        if (context.Message is Tick)
        {
            if (++_seen == _expected)
            {
                _done!.SetResult();
            }
        }
        else if (context.Message is Expect expect)
        {
            (_seen, _expected, _done) = (0, expect.Count, expect.Done);
        }

        return Task.CompletedTask;
    }

    public sealed class Tick
    {
        public static readonly Tick Instance = new();
    }

    public sealed record Expect(long Count, TaskCompletionSource Done);
}
