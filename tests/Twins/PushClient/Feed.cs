using Proto;

namespace Twins.Push;

/// <summary>Lives on the server: keeps who subscribed, pushes headlines to them and watches them.</summary>
public sealed class Feed(Journal journal) : IActor
{
    private readonly Dictionary<PID, string> _subscribers = [];
    private string _latest = "no news";

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Subscribe subscribe when context.Sender is { } sender:
                _subscribers[sender] = subscribe.Who;
                context.Watch(sender);
                context.Respond(new Welcome { Text = $"welcome {subscribe.Who}" });
                break;
            case AskForLatest:
                context.Respond(new Headline { Text = _latest });
                break;
            case Publish publish:
                PublishToAll(context, publish.Headline);
                break;
            case Terminated terminated:
                Forget(terminated);
                break;
        }

        return Task.CompletedTask;
    }

    /// <summary>By name: Proto.Remote calls an actor of a client otherwise when it has ended than when it sent something.</summary>
    private void Forget(Terminated terminated)
    {
        var subscriber = _subscribers.Keys.First(pid => Name(pid) == Name(terminated.Who));
        _subscribers.Remove(subscriber, out var who);
        journal.Enter($"the feed lost {who}: {terminated.Why}");
    }

    private static string Name(PID pid) => pid.Id.Split('/')[^1];

    private void PublishToAll(IContext context, string headline)
    {
        _latest = headline;
        foreach (var subscriber in _subscribers.Keys)
        {
            context.Send(subscriber, new Headline { Text = headline });
        }
    }
}
