namespace Remote.Actors;

/// <summary>Receives messages, one at a time. May also be <see cref="IDisposable"/> or <see cref="IAsyncDisposable"/>: it is disposed when its life ends.</summary>
public interface IActor
{
    /// <summary>Handles <see cref="IContext.Message"/>. The next message waits until the returned task has completed.</summary>
    /// <param name="context">The actor's context. Not to be used from other threads or after the task has completed.</param>
    Task ReceiveAsync(IContext context);
}

/// <summary>An actor's behaviour as a function.</summary>
/// <param name="context">The actor's context.</param>
public delegate Task Receive(IContext context);

/// <summary>A step of the receiving side: delivers a message to an actor.</summary>
/// <param name="context">The actor's context; its current message is the envelope's.</param>
/// <param name="envelope">The message.</param>
public delegate Task Receiver(IContext context, MessageEnvelope envelope);

/// <summary>A step of the sending side: sends a message to a target.</summary>
/// <param name="context">Who sends.</param>
/// <param name="target">Where to.</param>
/// <param name="envelope">The message.</param>
public delegate Task Sender(ISenderContext context, PID target, MessageEnvelope envelope);

/// <summary>Lets a function be an actor.</summary>
internal sealed class FunctionActor(Receive receive) : IActor
{
    private readonly Receive _receive = receive;

    public Task ReceiveAsync(IContext context) => _receive(context);
}
