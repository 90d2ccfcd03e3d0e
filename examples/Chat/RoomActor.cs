using Proto;

namespace Chat;

/// <summary>
/// The room: knows who is in it, and passes on what is said. It watches its users, so that one who leaves, or is away for too long, is gone
/// for everybody.
/// </summary>
internal sealed class RoomActor : IActor
{
    public const string Id = "room";

    private readonly Dictionary<PID, string> _users = [];

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Join join when context.Sender is { } user:
                Enter(context, user, join.Name);
                break;
            case Say say when context.Sender is { } user && _users.TryGetValue(user, out var name):
                Tell(context, new Said(name, say.Text));
                break;

            // From the keyboard of the server.
            case Said said when context.Sender is null:
                Tell(context, said);
                break;
            case Terminated ended when _users.Remove(ended.Who, out var name):
                Tell(context, new Departed(name));
                break;
        }

        return Task.CompletedTask;
    }

    private void Enter(IContext context, PID user, string name)
    {
        // A user that joins twice is still one user.
        var isNew = _users.TryAdd(user, name);
        context.Respond(new Welcome([.. _users.Where(other => !other.Key.Equals(user)).Select(other => other.Value).Order(StringComparer.Ordinal)]));
        if (isNew)
        {
            context.Watch(user);
            Tell(context, new Arrived(name), but: user);
        }
    }

    private void Tell(IContext context, object message, PID? but = null)
    {
        foreach (var user in _users.Keys.Where(user => !user.Equals(but)))
        {
            context.Send(user, message);
        }
    }
}
