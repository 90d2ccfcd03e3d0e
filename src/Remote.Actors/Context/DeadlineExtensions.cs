namespace Remote.Actors;

/// <summary>Messages that are worth nothing after a while.</summary>
public static class DeadlineExtensions
{
    /// <summary>
    /// A copy of a context whose messages and requests have a deadline, counted from now: not from each send, so it is for what is sent now. What
    /// is not handled by then is a dead letter <see cref="DeadLetterReason.Expired"/>.
    /// </summary>
    /// <param name="context">The context.</param>
    /// <param name="timeLeft">How long the messages are worth something, more than zero.</param>
    public static IRootContext WithDeadline(this IRootContext context, TimeSpan timeLeft)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.WithHeaders(MessageHeaders.Empty.WithDeadline(From(context, timeLeft)));
    }

    /// <summary>Sends a message that is worth nothing after a while. In an actor the actor is not its sender, as with <c>Send</c>.</summary>
    /// <param name="context">Who sends.</param>
    /// <param name="target">Where to.</param>
    /// <param name="message">The message.</param>
    /// <param name="timeLeft">How long it is worth something, more than zero.</param>
    public static void SendWithin(this ISenderContext context, PID target, object message, TimeSpan timeLeft)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Send(target, new MessageEnvelope(message, headers: MessageHeaders.Empty.WithDeadline(From(context, timeLeft))));
    }

    private static DateTimeOffset From(ISenderContext context, TimeSpan timeLeft)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeLeft, TimeSpan.Zero);
        return context.ActorSystem.TimeProvider.GetUtcNow() + timeLeft;
    }
}
