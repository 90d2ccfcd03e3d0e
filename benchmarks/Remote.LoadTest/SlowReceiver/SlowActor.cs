using System.Diagnostics;
using Proto;

namespace Remote.LoadTest;

/// <summary>
/// Takes so long for each message. It waits asynchronously, as an actor does that asks a database: no thread is blocked and none is busy. A timer
/// is not as exact as a fifth of a millisecond, so the actor waits when a few milliseconds are owed; on average each message takes its time.
/// </summary>
internal sealed class SlowActor(int messages, Func<TimeSpan> work) : IActor
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(2);

    private readonly PairCheck _check = new(messages);
    private TimeSpan _owed;
    private long _taken;

    /// <summary>Messages taken so far; may be read by anybody.</summary>
    public long Taken => Volatile.Read(ref _taken);

    public async Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Numbered numbered:
                Volatile.Write(ref _taken, _taken + 1);
                if (numbered.Number > 0)
                {
                    _check.Take(numbered.Number);
                }

                await WorkAsync();
                break;
            case AskVerdict:
                context.Respond(_check.Verdict);
                break;
        }
    }

    private async ValueTask WorkAsync()
    {
        _owed += work();
        if (work() == TimeSpan.Zero)
        {
            _owed = TimeSpan.Zero;
        }

        if (_owed >= Least)
        {
            var start = Stopwatch.GetTimestamp();
            await Task.Delay(_owed);
            _owed -= Stopwatch.GetElapsedTime(start);
        }
    }
}
