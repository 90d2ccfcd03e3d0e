namespace Remote.Actors;

/// <summary>The mailboxes that come with the library, for <see cref="Props.WithMailbox"/>.</summary>
public static class Mailboxes
{
    /// <summary>First in, first out, without limit. The default; posting is lock-free.</summary>
    public static IMailbox Unbounded() => new UnboundedMailbox();

    /// <summary>First in, first out, with an exact limit. Senders that must lose nothing wait for room with <c>SendAsync</c>.</summary>
    /// <param name="capacity">How many messages may wait; 1 to 2,000,000,000.</param>
    /// <param name="overflow">Which message has to go when there is no room.</param>
    public static IMailbox Bounded(int capacity, MailboxOverflow overflow = MailboxOverflow.Reject)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 2_000_000_000);
        if (!Enum.IsDefined(overflow))
        {
            throw new ArgumentOutOfRangeException(nameof(overflow), overflow, "Unknown policy.");
        }

        return new BoundedMailbox(capacity, overflow);
    }
}
