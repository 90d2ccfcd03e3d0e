namespace Remote.Actors;

/// <summary>Which message has to go when a bounded mailbox is full. It becomes a dead letter with reason <see cref="DeadLetterReason.MailboxFull"/>.</summary>
/// <remarks>While senders wait with <c>SendAsync</c>, the arriving message goes whatever the policy: a <c>Send</c> never passes a waiter.</remarks>
public enum MailboxOverflow
{
    /// <summary>The arriving message.</summary>
    Reject,

    /// <summary>The oldest message in the mailbox; the arriving one is taken in.</summary>
    DropOldest,

    /// <summary>The newest message in the mailbox; the arriving one takes its place.</summary>
    DropNewest,
}
