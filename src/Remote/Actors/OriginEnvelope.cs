using Proto;

namespace Remote;

/// <summary>Carries the credit of a message from another node through processes and mailboxes that know nothing of it.</summary>
/// <remarks>
/// The first mailbox of ours that meets the envelope claims the credit and sees to it that it comes back. An envelope that nobody has claimed
/// when the post returns went to a process without such a mailbox, and its credit comes back at once. A copy (<c>with</c>, middleware) and an envelope
/// that is forwarded carry none.
/// </remarks>
internal sealed record OriginEnvelope : MessageEnvelope
{
    private IMessageOrigin? _origin;

    public OriginEnvelope(object message, PID? sender, MessageHeader? header, IMessageOrigin origin, int size)
        : base(message, sender!, header!)
    {
        _origin = origin;
        Size = size;
    }

    private OriginEnvelope(OriginEnvelope original)
        : base(original)
    {
    }

    /// <summary>Bytes on the wire.</summary>
    public int Size { get; }

    /// <summary>The message itself where there is nothing else in the envelope, as if it had been sent from here.</summary>
    public object Content => Sender is null && Header is null or { Count: 0 } ? Message : this;

    /// <summary>The credit of this message, for the first caller only.</summary>
    public IMessageOrigin? Claim() => _origin is null ? null : Interlocked.Exchange(ref _origin, null);
}
