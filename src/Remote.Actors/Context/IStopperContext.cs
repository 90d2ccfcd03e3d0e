namespace Remote.Actors;

/// <summary>Stops actors.</summary>
public interface IStopperContext
{
    /// <summary>Stops an actor after the message it is working on. What is queued becomes dead letters.</summary>
    /// <param name="pid">The actor.</param>
    void Stop(PID pid);

    /// <summary>Stops an actor after what is queued now.</summary>
    /// <param name="pid">The actor.</param>
    void Poison(PID pid);

    /// <summary>Stops an actor and completes when it has stopped, its children included. Completes at once when there is no such actor.</summary>
    /// <param name="pid">The actor.</param>
    Task StopAsync(PID pid);

    /// <summary>Stops an actor after what is queued now and completes when it has stopped, its children included.</summary>
    /// <param name="pid">The actor.</param>
    Task PoisonAsync(PID pid);
}
