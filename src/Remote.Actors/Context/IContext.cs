namespace Remote.Actors;

/// <summary>What an actor sees of the world while it handles a message. Only for use by that actor, in its turn.</summary>
public interface IContext : ISenderContext, ISpawnerContext, IStopperContext
{
    /// <summary>This actor.</summary>
    PID Self { get; }

    /// <summary>The actor that spawned this one; null for a root actor.</summary>
    PID? Parent { get; }

    /// <summary>The living children of this actor.</summary>
    IReadOnlyCollection<PID> Children { get; }

    /// <summary>The message to handle.</summary>
    object Message { get; }

    /// <summary>Who gets the answer, if anybody.</summary>
    PID? Sender { get; }

    /// <summary>The current instance.</summary>
    IActor Actor { get; }

    /// <summary>Cancelled when this actor is told to stop or to restart; also while it awaits something in the middle of a message.</summary>
    CancellationToken CancellationToken { get; }

    /// <summary>Sends an answer to the sender of the current message. Without a sender it is a dead letter.</summary>
    /// <param name="message">The answer.</param>
    void Respond(object message);

    /// <summary>Sends an answer with headers.</summary>
    /// <param name="message">The answer.</param>
    /// <param name="headers">The headers.</param>
    void Respond(object message, MessageHeaders headers);

    /// <summary>Sends the current message on, with its sender and headers.</summary>
    /// <param name="target">Where to.</param>
    void Forward(PID target);

    /// <summary>Asks to be told once, by <see cref="Terminated"/>, when a process ends. Watching twice is watching once.</summary>
    /// <param name="pid">The process.</param>
    void Watch(PID pid);

    /// <summary>Takes a watch back. No <see cref="Terminated"/> arrives after it, not even one that was under way.</summary>
    /// <param name="pid">The process.</param>
    void Unwatch(PID pid);

    /// <summary>
    /// Asks for a <see cref="ReceiveTimeout"/> message whenever nothing was received for a time, until it is cancelled, the actor stops or restarts.
    /// Setting it again starts anew. Messages that are <see cref="INotInfluenceReceiveTimeout"/> do not count.
    /// </summary>
    /// <param name="duration">The time; more than zero.</param>
    void SetReceiveTimeout(TimeSpan duration);

    /// <summary>Takes a receive timeout back.</summary>
    void CancelReceiveTimeout();

    /// <summary>Goes on in this actor, with the current message and sender, once a task has completed. Other messages are handled meanwhile.</summary>
    /// <typeparam name="T">What the task gives.</typeparam>
    /// <param name="task">The task.</param>
    /// <param name="action">What to do then; gets the completed task. Not called when the actor has restarted or stopped.</param>
    void ReenterAfter<T>(Task<T> task, Func<Task<T>, Task> action);

    /// <summary>Goes on in this actor, with the current message and sender, once a task has completed.</summary>
    /// <param name="task">The task.</param>
    /// <param name="action">What to do then; gets the completed task.</param>
    void ReenterAfter(Task task, Func<Task, Task> action);

    /// <summary>Goes on in this actor, with the current message and sender, once a task has completed.</summary>
    /// <param name="task">The task.</param>
    /// <param name="action">What to do then.</param>
    void ReenterAfter(Task task, Action action);

    /// <summary>Puts the current message aside. It counts as taken. A stash left at the end of the actor becomes dead letters.</summary>
    void Stash();

    /// <summary>Handles all stashed messages next, in their order. A restart does the same.</summary>
    void UnstashAll();
}
