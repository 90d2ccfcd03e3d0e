namespace Remote.Actors;

/// <summary>Puts an actor together: context, mailbox, process, and its place in the registry and under its supervisor.</summary>
internal static class ActorSpawner
{
    public static PID Spawn(ActorSystem actorSystem, Props props, string id, string name, ActorContext? parent, GuardianProcess? guardian)
    {
        if (actorSystem.Stopping.IsCancellationRequested)
        {
            throw new ActorException($"Cannot spawn '{id}': the actor system is shutting down.");
        }

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

        guardian?.Add(pid);
        parent?.AddChild(pid);
        context.Mailbox.Start();
        if (actorSystem.Stopping.IsCancellationRequested)
        {
            // Shutdown may have looked at the guardian's children just before this one came.
            context.Process.SendSystemMessage(pid, Stop.Instance);
        }

        return pid;
    }
}
