using Proto;
using Proto.Remote;

namespace Twins.WatchAndBlock;

/// <summary>A message that goes before those that wait already.</summary>
public sealed record Urgent(string Text) : IRemotePriorityMessage;

/// <summary>Answers.</summary>
public sealed class Ponger : IActor
{
    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Ping:
                context.Respond(new Pong { From = context.Self.Id });
                break;
            case Urgent urgent:
                context.Respond(urgent with { Text = $"{urgent.Text} answered" });
                break;
        }

        return Task.CompletedTask;
    }
}

/// <summary>Watches what it is told to and enters what it hears.</summary>
public sealed class Watcher(Journal journal) : IActor
{
    public sealed record Begin(PID Target);

    public sealed record End(PID Target);

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Begin begin:
                context.Watch(begin.Target);
                context.Request(begin.Target, new Ping());
                break;
            case End end:
                context.Unwatch(end.Target);
                context.RequestReenter<Pong>(end.Target, new Ping(), async answer =>
                    journal.Enter($"{(await answer).From} is watched no longer"), CancellationTokens.FromSeconds(10));
                break;
            case Pong pong:
                journal.Enter($"{pong.From} answers");
                break;
            case DeadLetterResponse response:
                journal.Enter($"{response.Target.Id} is dead");
                break;
            case Terminated terminated:
                journal.Enter($"{terminated.Who.Id} terminated: {terminated.Why}");
                break;
        }

        return Task.CompletedTask;
    }
}
