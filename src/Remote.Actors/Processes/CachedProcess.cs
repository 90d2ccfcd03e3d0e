namespace Remote.Actors;

/// <summary>A process together with the system it belongs to: one reference, so that a PID shared by two systems never sees half of each.</summary>
internal sealed class CachedProcess(ActorSystem actorSystem, IProcess process)
{
    public ActorSystem ActorSystem { get; } = actorSystem;

    public IProcess Process { get; } = process;
}
