namespace Remote.Actors;

/// <summary>Sends messages.</summary>
public interface ISenderContext
{
    /// <summary>The system.</summary>
    ActorSystem ActorSystem { get; }

    /// <summary>In an actor the headers of the current message; in a root context the headers that are added to everything it sends.</summary>
    MessageHeaders Headers { get; }

    /// <summary>Sends a message. Never waits: what cannot be taken becomes a dead letter.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    void Send(PID target, object message);

    /// <summary>Sends a message with the sender and headers of an envelope.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="envelope">The message.</param>
    void Send(PID target, in MessageEnvelope envelope);

    /// <summary>Sends a message and waits, without blocking a thread, until the target's queue has taken it. Completes at once when there is room.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Cancels the wait; a cancelled message was not sent.</param>
    /// <exception cref="DeadLetterException">The target ended, or has no room in time; the message is one dead letter.</exception>
    ValueTask SendAsync(PID target, object message, CancellationToken cancellationToken = default);

    /// <summary>Sends a message with this actor as its sender; in a root context without a sender.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    void Request(PID target, object message);

    /// <summary>Sends a message with a sender that gets the answer.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    /// <param name="sender">Who gets the answer.</param>
    void Request(PID target, object message, PID sender);

    /// <summary>Sends a message and completes with its answer.</summary>
    /// <typeparam name="T">The type of the answer; <see cref="MessageEnvelope"/> for the answer with its headers.</typeparam>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <exception cref="TimeoutException">No answer in time.</exception>
    /// <exception cref="DeadLetterException">The target does not exist or could not take the message; known at once, not by timeout.</exception>
    /// <exception cref="UnexpectedResponseException">The answer is of another type.</exception>
    Task<T> RequestAsync<T>(PID target, object message, TimeSpan timeout);

    /// <summary>Sends a message and completes with its answer.</summary>
    /// <typeparam name="T">The type of the answer; <see cref="MessageEnvelope"/> for the answer with its headers.</typeparam>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <exception cref="OperationCanceledException">The request was given up.</exception>
    /// <exception cref="DeadLetterException">The target does not exist or could not take the message; known at once.</exception>
    /// <exception cref="UnexpectedResponseException">The answer is of another type.</exception>
    Task<T> RequestAsync<T>(PID target, object message, CancellationToken cancellationToken = default);
}
