namespace Remote.Actors;

/// <summary>The default mailbox: first in, first out, without limit. Local traffic into it is unbounded; traffic from other nodes is bounded by credit.</summary>
internal sealed class UnboundedMailbox : IMailbox
{
    public MpscQueue<MessageEnvelope, MailboxSlot> Queue { get; } = new();

    public int Count => Queue.Count;

    public bool IsEmpty => Queue.IsEmpty;

    public bool TryPost(in MessageEnvelope envelope)
    {
        Queue.Enqueue(in envelope);
        return true;
    }

    public bool TryDisplace(in MessageEnvelope arriving, out MessageEnvelope? displaced)
    {
        displaced = null;
        return TryPost(in arriving);
    }

    public bool TryTake(out MessageEnvelope envelope) => Queue.TryDequeue(out envelope) == DequeueResult.Taken;
}
