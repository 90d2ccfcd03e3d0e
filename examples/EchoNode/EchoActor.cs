using Proto;

namespace EchoNode;

/// <summary>Answers every message that has a sender with the message itself, headers included.</summary>
internal sealed class EchoActor : IActor
{
    /// <summary>The name of the actor, and of the kind that others may spawn.</summary>
    public const string Name = "echo";

    public Task ReceiveAsync(IContext context)
    {
        // A touch was answered before it came here.
        if (context is { Sender: not null, Message: { } message and not Touch })
        {
            context.Respond(message, context.Headers);
        }

        return Task.CompletedTask;
    }
}
