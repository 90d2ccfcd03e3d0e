using System.Diagnostics;
using Remote.Actors;

namespace Remote;

/// <summary>What a sender is told about one target.</summary>
/// <param name="TargetId">The actor.</param>
/// <param name="Messages">So many more user messages to it; 0 pauses it.</param>
/// <param name="Released">No limit any more.</param>
internal readonly record struct TargetNotice(string TargetId, long Messages, bool Released);

/// <summary>
/// The receiving side of target credit: sees to it that one slow actor does not use up the credit of its whole link. A target that holds half
/// of the window is paused; when it is down to a quarter it may have so much more that it holds half again; at nothing it is free.
/// </summary>
/// <remarks>
/// <para>
/// A target cannot hold half of the window while the link holds less than a quarter of it, so a batch that stays below that is not counted. What
/// came before the counting belongs to nobody; it is at most a quarter, which is why a target is paused when it holds a quarter that was counted.
/// Mailboxes are first in first out: as soon as a target's count falls, everything it holds has been counted.
/// </para>
/// <para>
/// Messages may be under way while a pause is on its way back, as many as the whole window. What a limited target holds beyond half is
/// therefore lent to the link, up to another half, until the target has taken it: an actor that never returns cannot end the link for all.
/// </para>
/// <para>
/// The read loop charges; mailboxes return from any thread; whoever writes acknowledgements takes the notices. A metered message carries its
/// target's account as origin, which passes on what it hears: no map is needed where messages are taken.
/// </para>
/// </remarks>
internal sealed class TargetMeter
{
    private readonly CreditWindow _window;
    private readonly IMessageOrigin _link;
    private readonly Action _noticeDue;
    private readonly int _maxTargets;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TargetAccount> _accounts = new(StringComparer.Ordinal);
    private readonly Queue<TargetAccount> _due = new();
    private int _limited;
    private long _excessMessages;
    private long _excessBytes;

    // Messages to one target come in runs, and a run is counted at once: two interlocked additions per message cost a flood a tenth of its speed.
    private bool _isCounting;
    private bool _hasCounted;
    private string? _runTarget;
    private TargetAccount? _run;
    private int _runMessages;
    private long _runBytes;

    /// <param name="window">The credit of the link.</param>
    /// <param name="link">Hears of every message of the link, metered or not.</param>
    /// <param name="noticeDue">
    /// Called from any thread, under no lock, when <see cref="TryTakeNotice"/> or the window has something to say. Must not block.
    /// </param>
    /// <param name="maxTargets">Targets that are counted at a time; what is beyond is not metered.</param>
    public TargetMeter(CreditWindow window, IMessageOrigin link, Action noticeDue, int maxTargets = 4096)
    {
        _window = window;
        _link = link;
        _noticeDue = noticeDue;
        _maxTargets = maxTargets;
    }

    /// <summary>Targets that are counted.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _accounts.Count;
            }
        }
    }

    /// <summary>A batch begins: whether its messages have to be counted.</summary>
    /// <param name="messages">Messages in it, at the most.</param>
    /// <param name="bytes">What they come to, at the most.</param>
    public void BeginBatch(int messages, long bytes)
    {
        // The one before may have broken off in the middle.
        CountRun();

        // Whoever is limited is counted to its end, or it would look free too early.
        var freeMessages = Volatile.Read(ref _limited) > 0 ? 0 : (_window.MaxMessages / 4) - _window.OutstandingMessages;
        var freeBytes = (_window.MaxBytes / 4) - _window.OutstandingBytes;
        _isCounting = messages > freeMessages || bytes > freeBytes;
        if (freeMessages > 0 && freeBytes > 0 && _hasCounted)
        {
            Forget();
        }
    }

    /// <summary>The messages of the batch are with their mailboxes.</summary>
    public void EndBatch() => CountRun();

    /// <summary>A user message is about to be delivered: what must hear of its end.</summary>
    public IMessageOrigin Charge(string targetId, int size) => _isCounting ? ChargeTarget(targetId, size) : _link;

    /// <summary>A new stream: what was said on the former one holds no longer, so all of it is said again.</summary>
    public void BeginStream()
    {
        lock (_gate)
        {
            foreach (var account in _accounts.Values.Where(account => account.IsLimited))
            {
                Enqueue(account);
            }
        }
    }

    /// <summary>The next thing to tell the sender. One taker at a time.</summary>
    public bool TryTakeNotice(out TargetNotice notice)
    {
        lock (_gate)
        {
            var any = _due.TryDequeue(out var account);
            notice = any ? account!.TakeNotice() : default;
            return any;
        }
    }

    /// <summary>A limit of the account may have been passed, upwards or downwards.</summary>
    internal void Judge(TargetAccount account, int arrived)
    {
        lock (_gate)
        {
            var before = account.IsLimited;
            var due = account.Judge(arrived);
            var lent = Lend(account);
            if (!due && !lent)
            {
                return;
            }

            Volatile.Write(ref _limited, _limited + (account.IsLimited ? 1 : 0) - (before ? 1 : 0));
            if (due)
            {
                Enqueue(account);
            }
        }

        _noticeDue();
    }

    /// <summary>Lends the link what the account holds beyond its share; true when that is more than before.</summary>
    private bool Lend(TargetAccount account)
    {
        var (messages, bytes) = account.UpdateExcess();
        if ((messages, bytes) == (0, 0))
        {
            return false;
        }

        _excessMessages += messages;
        _excessBytes += bytes;
        _window.Lend(Math.Min(_excessMessages, _window.MaxMessages / 2), Math.Min(_excessBytes, _window.MaxBytes / 2));
        return messages > 0 || bytes > 0;
    }

    private IMessageOrigin ChargeTarget(string targetId, int size)
    {
        if (!ReferenceEquals(_runTarget, targetId))
        {
            CountRun();
            _run = Find(targetId);
            _runTarget = targetId;
            _hasCounted = true;
        }

        if (_run is null)
        {
            return _link;
        }

        _runMessages++;
        _runBytes += size;
        return _run;
    }

    // Mailboxes may have taken some of them already; what they said then has made the account too small for a moment.
    private void CountRun()
    {
        if (_runMessages > 0 && _run!.Add(_runMessages, _runBytes))
        {
            Judge(_run, _runMessages);
        }

        _run = null;
        _runTarget = null;
        _runMessages = 0;
        _runBytes = 0;
    }

    internal void Pass(int messages, long bytes) => _link.Taken(messages, bytes);

    private void Enqueue(TargetAccount account)
    {
        if (!account.IsDue)
        {
            account.IsDue = true;
            _due.Enqueue(account);
        }
    }

    private TargetAccount? Find(string targetId)
    {
        lock (_gate)
        {
            if (_accounts.TryGetValue(targetId, out var account))
            {
                return account;
            }

            if (_accounts.Count >= _maxTargets && !Sweep())
            {
                return null;
            }

            account = new TargetAccount(this, targetId, _window.MaxMessages, _window.MaxBytes);
            _accounts.Add(targetId, account);
            return account;
        }
    }

    /// <summary>The link is calm again: accounts with nothing left go, the rest when they are empty and the next calm comes.</summary>
    private void Forget()
    {
        lock (_gate)
        {
            Sweep();
            _hasCounted = _accounts.Count > 0;
        }
    }

    private bool Sweep()
    {
        Debug.Assert(_limited >= 0 && _limited <= _accounts.Count, "Each limited account is counted once.");
        var before = _accounts.Count;
        foreach (var (id, account) in _accounts)
        {
            if (account.IsOver)
            {
                _accounts.Remove(id);
            }
        }

        return _accounts.Count < before;
    }
}
