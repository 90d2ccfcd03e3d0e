namespace Remote;

/// <summary>What one turn of a foreign mailbox has done. Touched by that turn, and by whoever is told of its end.</summary>
internal sealed class MailboxTurn
{
    /// <summary>How much came out for the actor.</summary>
    public int Invoked { get; set; }

    /// <summary>How much came out that is none of the actor's business; it takes room in a turn all the same.</summary>
    public int Skipped { get; set; }

    /// <summary>Whether the last that came out was still being handled when the mailbox got it back: Proto.Actor's mailboxes end their turn with it.</summary>
    public bool EndsAwaiting { get; set; }

    public bool HasFailed { get; set; }

    public bool IsSuspended { get; set; }
}
