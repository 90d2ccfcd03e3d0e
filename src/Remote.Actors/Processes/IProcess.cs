namespace Remote.Actors;

/// <summary>Anything a PID resolves to: an actor, the future process, an endpoint, the dead-letter process.</summary>
/// <remarks>All members are called from any thread, concurrently, and never block.</remarks>
public interface IProcess
{
    /// <summary>Whether the process can still take messages. When false, whoever cached it looks it up again.</summary>
    bool IsAlive { get; }

    /// <summary>Whether messages from other nodes may reach it. False for internal processes.</summary>
    bool AcceptsRemoteMessages { get; }

    /// <summary>Takes a user message, or turns it into a dead letter. The origin of the message hears of it exactly once, however it ends.</summary>
    /// <param name="target">The PID the message was sent to, with its request id.</param>
    /// <param name="envelope">The message.</param>
    void SendUserMessage(PID target, in MessageEnvelope envelope);

    /// <summary>Takes a user message as soon as there is room. Completes synchronously when there is room now.</summary>
    /// <param name="target">The PID the message was sent to.</param>
    /// <param name="envelope">The message.</param>
    /// <param name="cancellationToken">Cancels the wait; a message whose wait was cancelled was not sent.</param>
    /// <exception cref="DeadLetterException">The process ended before it took the message, which is now one dead letter.</exception>
    ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken);

    /// <summary>Takes a system message. System messages go before user messages and are never refused for lack of room.</summary>
    /// <param name="target">The PID the message was sent to.</param>
    /// <param name="message">The message.</param>
    void SendSystemMessage(PID target, SystemMessage message);
}
