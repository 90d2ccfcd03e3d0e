using Proto;

namespace Twins.Push;

/// <summary>Lives on a client, which nobody can connect to: subscribes, and watches the feed.</summary>
public sealed class Reader(string name, PID feed, Journal journal) : IActor
{
    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Started:
                context.Watch(feed);
                context.Request(feed, new Subscribe { Who = name });
                break;
            case Welcome welcome:
                journal.Enter($"{name}: {welcome.Text}");
                break;
            case Headline headline:
                journal.Enter($"{name} reads: {headline.Text}");
                break;
            case Terminated terminated:
                journal.Enter($"{name} lost {terminated.Who.Id}: {terminated.Why}");
                break;
        }

        return Task.CompletedTask;
    }
}
