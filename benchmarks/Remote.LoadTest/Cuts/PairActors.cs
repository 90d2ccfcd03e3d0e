using Proto;

namespace Remote.LoadTest;

/// <summary>Asks a target what it has got. Everything that reached its mailbox before counts.</summary>
internal sealed record AskVerdict
{
    public static AskVerdict Instance { get; } = new();
}

/// <summary>Tells a sender to begin.</summary>
internal sealed record BeginSending
{
    public static BeginSending Instance { get; } = new();
}

/// <summary>Checks the numbers that arrive.</summary>
internal sealed class TargetActor(int expected) : IActor
{
    private readonly PairCheck _check = new(expected);

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Numbered numbered:
                _check.Take(numbered.Number);
                break;
            case AskVerdict:
                context.Respond(_check.Verdict);
                break;
        }

        return Task.CompletedTask;
    }
}

/// <summary>Sends numbered messages to its target, each when there is room for it, and says when the last one was taken.</summary>
internal sealed class SenderActor(PID target, int messages, SendGate gate, TaskCompletionSource done) : IActor
{
    public async Task ReceiveAsync(IContext context)
    {
        if (context.Message is not BeginSending)
        {
            return;
        }

        try
        {
            for (ulong number = 1; number <= (ulong)messages; number++)
            {
                await gate.WaitAsync((int)number, messages, context.CancellationToken);
                await context.SendAsync(target, new Numbered { Number = number });
            }

            done.TrySetResult();
        }
        catch (Exception exception)
        {
            done.TrySetException(exception);
        }
    }
}
