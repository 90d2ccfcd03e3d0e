namespace Remote.Actors;

/// <summary>Starts actors: children of this actor, or root actors in a root context.</summary>
public interface ISpawnerContext
{
    /// <summary>Starts an actor with a name of the system's choice.</summary>
    /// <param name="props">How to make it.</param>
    PID Spawn(Props props);

    /// <summary>Starts an actor with a name of the system's choice that begins with a prefix.</summary>
    /// <param name="props">How to make it.</param>
    /// <param name="prefix">The prefix.</param>
    PID SpawnPrefix(Props props, string prefix);

    /// <summary>Starts an actor with a name.</summary>
    /// <param name="props">How to make it.</param>
    /// <param name="name">The name; a child's id is <c>parent/name</c>.</param>
    /// <exception cref="ProcessNameExistException">The name is taken; carries the PID that has it.</exception>
    PID SpawnNamed(Props props, string name);
}
