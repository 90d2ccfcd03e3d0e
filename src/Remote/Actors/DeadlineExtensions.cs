using Proto;

namespace Remote;

/// <summary>Messages that are worth nothing after a while.</summary>
public static class DeadlineExtensions
{
    /// <summary>
    /// A copy of a context whose messages and requests have a deadline, counted from now: not from each send, so it is for what is sent now.
    /// What has not reached its actor's node by then is a dead letter <see cref="DeadLetterReason.Expired"/>.
    /// </summary>
    /// <param name="context">The context.</param>
    /// <param name="timeLeft">How long the messages are worth something, more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">No time is left.</exception>
    public static IRootContext WithDeadline(this IRootContext context, TimeSpan timeLeft)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new DeadlineContext(context, From(context, MessageHeader.Empty, timeLeft));
    }

    /// <summary>Sends a message that is worth nothing after a while. In an actor the actor is not its sender, as with <c>Send</c>.</summary>
    /// <param name="context">Who sends.</param>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    /// <param name="timeLeft">How long it is worth something, more than zero.</param>
    /// <exception cref="ArgumentOutOfRangeException">No time is left.</exception>
    public static void SendWithin(this ISenderContext context, PID target, object message, TimeSpan timeLeft)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Send(target, MessageEnvelope.Wrap(message, From(context, MessageEnvelope.UnwrapHeader(message), timeLeft)));
    }

    private static MessageHeader From(ISystemContext context, MessageHeader headers, TimeSpan timeLeft)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeLeft, TimeSpan.Zero);
        return MessageDeadline.Put(headers, MessageDeadline.ClockOf(context.System).GetUtcNow() + timeLeft);
    }
}

/// <summary>
/// Puts headers into everything that is sent. Those of a root context itself go into no message, and middleware of ours would take the
/// place of the context's own.
/// </summary>
internal sealed class DeadlineContext(IRootContext context, MessageHeader headers) : RootContextDecorator(context)
{
    public override void Send(PID target, object message) => base.Send(target, WithHeaders(message));

    public override void Request(PID target, object message) => base.Request(target, WithHeaders(message));

    public override void Request(PID target, object message, PID? sender) => base.Request(target, WithHeaders(message), sender);

    public override Task<T> RequestAsync<T>(PID target, object message, CancellationToken cancellationToken) =>
        base.RequestAsync<T>(target, WithHeaders(message), cancellationToken);

    private MessageEnvelope WithHeaders(object message) => MessageEnvelope.Wrap(message, MessageEnvelope.UnwrapHeader(message).With(headers));
}
