using Remote.Actors;

namespace Remote;

/// <summary>
/// What one target holds of its link's window, as far as it was counted. Its counters are changed by the read loop and by mailboxes; the rest is
/// guarded by the lock of its <see cref="TargetMeter"/>.
/// </summary>
internal sealed class TargetAccount(TargetMeter meter, string id, long windowMessages, long windowBytes) : IMessageOrigin
{
    private readonly long _quarterMessages = windowMessages / 4;
    private readonly long _quarterBytes = windowBytes / 4;
    private long _messages;
    private long _bytes;
    private volatile bool _limited;
    private long _allowance;
    private long _excessMessages;
    private long _excessBytes;

    public string Id { get; } = id;

    /// <summary>Whether the sender was told a limit, or is about to be.</summary>
    public bool IsLimited => _limited;

    /// <summary>Whether a notice waits to be taken.</summary>
    public bool IsDue { get; set; }

    private long Messages => Volatile.Read(ref _messages);

    private long Bytes => Volatile.Read(ref _bytes);

    private bool IsAboveQuarter => Messages > _quarterMessages || Bytes > _quarterBytes;

    /// <inheritdoc/>
    public void Taken(int messages, long bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        var left = Interlocked.Add(ref _messages, -messages);
        if (_limited && (left == 0 || !IsAboveQuarter || Volatile.Read(ref _excessMessages) + Volatile.Read(ref _excessBytes) > 0))
        {
            meter.Judge(this, arrived: 0);
        }

        meter.Pass(messages, bytes);
    }

    /// <summary>The read loop has delivered messages. True when a judgement is needed.</summary>
    public bool Add(int messages, long bytes)
    {
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _messages, messages);
        return _limited || IsAboveQuarter;
    }

    /// <summary>Whether the sender has to hear something new.</summary>
    /// <param name="arrived">Messages that have arrived since the last time.</param>
    public bool Judge(int arrived)
    {
        if (!_limited)
        {
            _allowance = 0;

            // Said before it is looked at: a mailbox that takes the last message now asks for another judgement. The other way round it could
            // do so in between, and nobody would ever lift the limit.
            _limited = true;
            Interlocked.MemoryBarrier();
            _limited = IsAboveQuarter;
            return _limited;
        }

        _allowance = Math.Max(0, _allowance - arrived);
        if (Messages == 0)
        {
            _limited = false;
            return true;
        }

        // An allowance is not replaced while messages that it allowed may be under way, or the two would add up.
        if (_allowance > 0 || IsAboveQuarter)
        {
            return false;
        }

        _allowance = Grant();
        return true;
    }

    /// <summary>What it holds beyond half of the window, while it is limited; returns what changed.</summary>
    public (long Messages, long Bytes) UpdateExcess()
    {
        var messages = _limited ? Math.Max(0, Messages - (2 * _quarterMessages)) : 0;
        var bytes = _limited ? Math.Max(0, Bytes - (2 * _quarterBytes)) : 0;
        var change = (messages - _excessMessages, bytes - _excessBytes);
        Volatile.Write(ref _excessMessages, messages);
        Volatile.Write(ref _excessBytes, bytes);
        return change;
    }

    /// <summary>What the sender should know now.</summary>
    public TargetNotice TakeNotice()
    {
        IsDue = false;
        return new TargetNotice(Id, _limited ? _allowance : 0, !_limited);
    }

    /// <summary>Whether nothing refers to it any more, so that it can be forgotten.</summary>
    public bool IsOver => Messages == 0 && !_limited && !IsDue;

    /// <summary>So many messages that the target holds half of the window again, if they are as large as those that it holds.</summary>
    private long Grant()
    {
        var messages = Messages;
        var size = Math.Max(1, Bytes / Math.Max(1, messages));
        return Math.Max(1, Math.Min((2 * _quarterMessages) - messages, ((2 * _quarterBytes) - Bytes) / size));
    }
}
