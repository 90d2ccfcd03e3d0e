using Proto;

namespace Remote.ProtoPeer;

/// <summary>Watches what it is told to, and says what it hears.</summary>
internal sealed class Watcher(Announcer announcer) : IActor
{
    /// <summary>Commands to it; both are answered.</summary>
    public sealed record Begin(PID Target);

    public sealed record End(PID Target);

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Begin begin:
                context.Watch(begin.Target);
                context.Respond(begin);
                break;
            case End end:
                context.Unwatch(end.Target);
                context.Respond(end);
                break;
            case Terminated terminated:
                announcer.Say($"terminated {terminated.Who} {terminated.Why}");
                break;
        }

        return Task.CompletedTask;
    }
}
