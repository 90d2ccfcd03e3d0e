using Proto;

namespace Remote;

/// <summary>Sending that waits for room.</summary>
public static class SendAsyncExtensions
{
    /// <summary>
    /// Sends a message and completes when the lane of the target's node has taken it: at once when there is room, else first come first
    /// served, after at most <see cref="RemoteOptions.SendTimeout"/>. A target on this node takes it at once.
    /// </summary>
    /// <param name="context">Who sends. In an actor the actor is not the sender of the message, as with <c>Send</c>.</param>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message, or an envelope with sender and headers.</param>
    /// <param name="cancellationToken">Ends the wait; the message is then not sent.</param>
    /// <exception cref="RemoteException">
    /// The message is a dead letter: <see cref="RemoteError.QueueFull"/>, <see cref="RemoteError.EndpointClosed"/>,
    /// <see cref="RemoteError.Unreachable"/>, <see cref="RemoteError.Blocked"/>, <see cref="RemoteError.NotRunning"/> or
    /// <see cref="RemoteError.InvalidAddress"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValueTask SendAsync(this ISenderContext context, PID target, object message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(message);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var (content, sender, header) = MessageEnvelope.Unwrap(message);
        var slot = new SendSlot(cancellationToken);
        context.Send(target, new AwaitedEnvelope(content, sender, header, slot));
        return slot.Result;
    }
}

/// <summary>
/// Where a process that makes its sender wait leaves what the sender waits for. A slot of its own, because middleware may make copies of the
/// envelope that carries it.
/// </summary>
internal sealed class SendSlot(CancellationToken cancellationToken)
{
    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>Complete unless a process has set it: all others take what they are sent at once.</summary>
    public ValueTask Result { get; set; }
}

/// <summary>Carries a message whose sender waits until it is taken.</summary>
internal sealed record AwaitedEnvelope(object Content, PID? From, MessageHeader? Headers, SendSlot Slot) : MessageEnvelope(Content, From!, Headers!);
