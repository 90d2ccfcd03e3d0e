namespace Remote;

/// <summary>
/// The priority messages of one link that wait in mailboxes here: a small window beside that for user messages, so that a stuck actor does
/// not hold up the gossip of a cluster (decision page 0022).
/// </summary>
/// <remarks>
/// The sender says which batches are paid for with it. What it says costs it nothing but this window, so nobody looks at the types of the
/// messages. No target is counted: they are too few to be worth a pause.
/// </remarks>
/// <param name="link">The link, which tells the sender what was taken.</param>
internal sealed class PriorityInflow(LinkInflow link) : IMessageOrigin
{
    public CreditWindow Window { get; } = new(LinkCredit.PriorityWindow.Messages, LinkCredit.PriorityWindow.Bytes);

    /// <summary>Whether the peer of the present stream uses it. Otherwise nothing is said of it.</summary>
    public bool IsUsed { get; set; }

    public LinkCredit Announce() => IsUsed ? Window.Announce() : default;

    public void Taken(int messages, long bytes) => link.Returned(Window.Return(messages, bytes));
}
