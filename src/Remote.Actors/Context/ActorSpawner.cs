namespace Remote.Actors;

/// <summary>Puts an actor together: context, mailbox, process, and its place in the registry and under its supervisor.</summary>
internal static class ActorSpawner
{
    public static PID Spawn(ActorSystem actorSystem, Props props, string id, string name, ActorContext? parent, GuardianProcess? guardian)
    {
        var context = new ActorContext(actorSystem, props, parent, guardian);
        if (!actorSystem.Processes.TryAdd(id, context.Process, out var pid))
        {
            throw new ProcessNameExistException(name, pid);
        }

        context.Begin(pid);
        try
        {
            context.CreateActor();
        }
        catch
        {
            // Somebody may have sent to the name already: those messages become dead letters.
            context.Abandon();
            throw;
        }

        parent?.AddChild(pid);
        if (guardian is not null && !guardian.TryAdd(pid))
        {
            context.Abandon();
            throw ShuttingDown(id);
        }

        context.Mailbox.Start();
        return pid;
    }

    public static ActorException ShuttingDown(string id) => new($"Cannot spawn '{id}': the actor system is shutting down.");
}
