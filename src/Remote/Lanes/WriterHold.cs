namespace Remote;

/// <summary>
/// The messages that the holder of the writer role has taken out of the lanes and not put into a batch yet, with the credit for them.
/// Filled by the mailbox, emptied by <see cref="BatchFiller"/>; guarded by the role.
/// </summary>
/// <param name="batchSize">User messages that are taken at a time.</param>
internal sealed class WriterHold(int batchSize)
{
    // Control messages are small and rare; the rest of a burst goes into the next batch, before any further user message.
    private const int ControlPerTake = 256;

    private readonly RemoteDelivery[] _control = new RemoteDelivery[ControlPerTake];
    private readonly RemoteDelivery[] _user = new RemoteDelivery[batchSize];
    private int _controlNext, _controlEnd;
    private int _userNext, _userEnd;

    public Span<RemoteDelivery> Control => _control.AsSpan(_controlNext, _controlEnd - _controlNext);

    public Span<RemoteDelivery> User => _user.AsSpan(_userNext, _userEnd - _userNext);

    public bool HasControl => _controlNext < _controlEnd;

    public bool HasUser => _userNext < _userEnd;

    public bool IsEmpty => !HasControl && !HasUser;

    /// <summary>Where control messages are taken to. None are while earlier ones are held, so that they keep their order.</summary>
    public Span<RemoteDelivery> ControlRoom => HasControl ? default : _control;

    /// <summary>Where user messages are taken to: behind those that are held.</summary>
    public Span<RemoteDelivery> UserRoom => HasUser ? _user.AsSpan(_userEnd) : _user;

    /// <summary>The number of the next batch on its link; 0 on a stream that carries none.</summary>
    public ulong Sequence { get; set; }

    /// <summary>The credit there is now, for the messages held included.</summary>
    public LinkCredit Credit { get; set; }

    /// <summary>The credit in bytes without which the next user message cannot go; 0 when that is not known.</summary>
    public int CreditNeeded { get; set; }

    /// <summary>Whether the one message held came with the role, without a visit to the lanes.</summary>
    public bool IsHanded { get; set; }

    /// <summary>A batch of the link that has to be written on this stream before anything new.</summary>
    public Batch? Again { get; set; }

    /// <summary>
    /// User messages that were refused instead of taken, and counted: their target is slow. Nearly always <see langword="null"/>.
    /// </summary>
    public List<RemoteDelivery>? Refused;

    /// <summary>So many messages were taken to <see cref="ControlRoom"/>.</summary>
    public void AddedControl(int count) => (_controlNext, _controlEnd) = count > 0 ? (0, count) : (_controlNext, _controlEnd);

    /// <summary>So many messages were taken to <see cref="UserRoom"/>.</summary>
    public void AddedUser(int count) => (_userNext, _userEnd) = HasUser ? (_userNext, _userEnd + count) : (0, count);

    /// <summary>So many of the first control messages are done with.</summary>
    public void DropControl(int count)
    {
        Control[..count].Clear();
        _controlNext += count;
    }

    /// <summary>So many of the first user messages are done with.</summary>
    public void DropUser(int count)
    {
        User[..count].Clear();
        _userNext += count;
    }
}
