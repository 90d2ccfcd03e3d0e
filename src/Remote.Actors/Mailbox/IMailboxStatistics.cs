namespace Remote.Actors;

/// <summary>Hears what happens in a mailbox. Called on the hot path: keep it short. Must not throw.</summary>
public interface IMailboxStatistics
{
    /// <summary>The mailbox has been started, before the first message.</summary>
    void MailboxStarted();

    /// <summary>A message was taken in. Called by the sending thread.</summary>
    /// <param name="message">The message.</param>
    void MessagePosted(object message);

    /// <summary>A message is about to be handed to the actor, or was drained after the actor stopped.</summary>
    /// <param name="message">The message.</param>
    void MessageReceived(object message);

    /// <summary>The actor has worked off everything.</summary>
    void MailboxEmpty();
}
