namespace Remote.Actors;

/// <summary>The queue of user messages of one actor. Implement it for another order or another limit; the actor's turn does the rest.</summary>
/// <remarks>An instance belongs to one actor. Everything it takes in it must give out once: through <see cref="TryTake"/> or displaced.
/// A <see cref="PoisonPill"/> should be taken in even when there is no room, or a full actor cannot be told to stop in order.</remarks>
public interface IMailbox
{
    /// <summary>How many messages are queued. Called from any thread; may be slightly outdated.</summary>
    int Count { get; }

    /// <summary>Whether nothing is queued. A message whose post has returned makes it false until that message is taken.</summary>
    bool IsEmpty { get; }

    /// <summary>Takes a message in if there is room. Called from any thread, concurrently; never blocks.</summary>
    /// <param name="envelope">The message.</param>
    /// <returns>False when there is no room.</returns>
    bool TryPost(in MessageEnvelope envelope);

    /// <summary>Decides which message has to go after <see cref="TryPost"/> found no room: the arriving one, or one that makes room for it.</summary>
    /// <param name="arriving">The message that found no room.</param>
    /// <param name="displaced">A message that was taken out of the mailbox and becomes a dead letter; null for none.</param>
    /// <returns>True when the arriving message was taken in; false when it has to go.</returns>
    bool TryDisplace(in MessageEnvelope arriving, out MessageEnvelope? displaced);

    /// <summary>Gives the next message out. Never called by two threads at once.</summary>
    /// <param name="envelope">The message.</param>
    /// <returns>False when there is none, or when the next one is still being written.</returns>
    bool TryTake(out MessageEnvelope envelope);
}
