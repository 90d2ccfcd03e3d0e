namespace Remote.Actors;

/// <summary>The mailboxes that come with the library, for <see cref="Props.WithMailbox"/>.</summary>
public static class Mailboxes
{
    /// <summary>First in, first out, without limit. The default; posting is lock-free.</summary>
    public static IMailbox Unbounded() => new UnboundedMailbox();
}
