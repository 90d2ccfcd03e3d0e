namespace Remote.Actors;

/// <summary>Finds processes that are not in the local registry: those with another address, and local ids that are not registered.</summary>
public interface IProcessResolver
{
    /// <summary>The process a PID stands for, or null when there is none (the message becomes a dead letter). Called from any thread.</summary>
    /// <param name="pid">The PID to resolve.</param>
    IProcess? Resolve(PID pid);
}
