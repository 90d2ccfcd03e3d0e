using Proto;

namespace Remote.Benchmarks;

/// <summary>Answers every message with itself.</summary>
internal sealed class EchoActor : IActor
{
    public Task ReceiveAsync(IContext context)
    {
        if (context is { Sender: not null, Message: { } message })
        {
            context.Respond(message);
        }

        return Task.CompletedTask;
    }
}

/// <summary>Sends a message back and forth with an echo a number of times.</summary>
internal sealed class PingActor(PID echo) : IActor
{
    private long _left;
    private int _inFlight;
    private TaskCompletionSource? _done;

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case CountingActor.Tick tick:
                if (--_left >= _inFlight)
                {
                    context.Request(echo, tick);
                }
                else if (_left == 0)
                {
                    _done!.SetResult();
                }

                break;
            case Play play:
                (_left, _inFlight, _done) = (play.Count, play.InFlight, play.Done);
                for (var i = 0; i < play.InFlight; i++)
                {
                    context.Request(echo, CountingActor.Tick.Instance);
                }

                break;
        }

        return Task.CompletedTask;
    }

    public sealed record Play(long Count, int InFlight, TaskCompletionSource Done);
}
