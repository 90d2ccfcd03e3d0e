namespace Remote;

/// <summary>Tells a sender whether user messages to one actor have to wait.</summary>
internal readonly record struct TargetNotice(string TargetId, bool IsPaused);

/// <summary>
/// Keeps one slow actor from using up the credit of its whole link: a target that holds half of the window, of which a quarter may have
/// gone uncounted, is paused until an eighth is left. The messages that a paused target holds are lent to the link.
/// </summary>
/// <remarks>
/// <para>
/// A target cannot hold half of the window while the link holds less than a quarter of it, so a batch that stays below that is not counted.
/// The uncounted messages are never more than that quarter, which is why a target is paused at a quarter that was counted. Every counted
/// message is taken sometime, so a paused target always goes on.
/// </para>
/// <para>
/// As much as the whole window may be under way while a pause is on its way back. Without the loan an actor that never returns would then
/// end the link for all. It falls as the target takes messages, and is zero when the target goes on: no target gets what others were lent.
/// </para>
/// <para>
/// The read loop counts; mailboxes return from any thread; the writer of acknowledgements takes the notices. A counted message carries its
/// target's count as origin: no map is needed where messages are taken.
/// </para>
/// </remarks>
/// <param name="window">The credit of the link.</param>
/// <param name="link">Is told of every message of the link that was taken, counted or not.</param>
/// <param name="noticeDue">Called from any thread, under no lock, when there is a notice to take. Must not block.</param>
/// <param name="maxTargets">Targets that are counted at a time; further ones are never paused.</param>
internal sealed class TargetMeter(CreditWindow window, IMessageOrigin link, Action noticeDue, int maxTargets = 4096)
{
    private readonly LinkCredit _quarter = window.Max / 4;
    private readonly LinkCredit _eighth = window.Max / 8;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Target> _targets = new(StringComparer.Ordinal);
    private readonly Queue<Target> _due = new();
    private LinkCredit _excess;

    // Messages to one target come in runs, and a run is counted at once: counting each message cost a flood a tenth of its speed.
    private bool _isCounting;
    private Target? _run;
    private LinkCredit _runSize;

    /// <summary>How many targets are counted. For the read loop.</summary>
    public int Count => _targets.Count;

    /// <summary>A batch of at most this size begins: decides whether its messages are counted.</summary>
    public void BeginBatch(LinkCredit size)
    {
        // The batch before may have broken off in the middle.
        EndBatch();
        _isCounting = (window.Outstanding + size).Exceeds(_quarter);
        if (_isCounting ? Count >= maxTargets : Count > 0)
        {
            Sweep();
        }
    }

    /// <summary>A user message is about to be delivered. The result is to be told when it was taken.</summary>
    public IMessageOrigin Charge(string targetId, int size)
    {
        if (!_isCounting)
        {
            return link;
        }

        if (_run?.Id != targetId)
        {
            EndBatch();
            _run = Find(targetId);
        }

        _runSize += new LinkCredit(1, size);
        return _run ?? link;
    }

    /// <summary>The messages of the batch are with their mailboxes.</summary>
    public void EndBatch()
    {
        // Mailboxes may have taken some of the run already, so that its target held less than nothing for a moment.
        if (_run is not null)
        {
            Change(_run, _runSize);
        }

        (_run, _runSize) = (null, default);
    }

    /// <summary>A new stream begins. The sender has forgotten the pauses that the former one carried, so they are said again.</summary>
    /// <returns>Whether there is anything to say.</returns>
    public bool BeginStream()
    {
        lock (_gate)
        {
            foreach (var target in _targets.Values.Where(target => target.IsPaused))
            {
                Enqueue(target);
            }

            return _due.Count > 0;
        }
    }

    /// <summary>Takes the next notice to the sender; it says how its target is now. One taker at a time.</summary>
    public bool TryTakeNotice(out TargetNotice notice)
    {
        lock (_gate)
        {
            notice = default;
            if (!_due.TryDequeue(out var target))
            {
                return false;
            }

            target.IsDue = false;
            notice = new TargetNotice(target.Id, target.IsPaused);
            return true;
        }
    }

    private void Change(Target target, LinkCredit size)
    {
        lock (_gate)
        {
            var (wasPaused, former) = (target.IsPaused, Excess(target));
            target.Held += size;
            target.IsPaused = target.Held.Exceeds(wasPaused ? _eighth : _quarter);
            if (wasPaused || target.IsPaused)
            {
                _excess += Excess(target) - former;
                window.Lend(_excess.Min(window.Max / 2));
            }

            if (target.IsPaused == wasPaused)
            {
                return;
            }

            Enqueue(target);
        }

        noticeDue();
    }

    /// <summary>How much a paused target has to take before it goes on.</summary>
    private LinkCredit Excess(Target target) => target.IsPaused ? (target.Held - _eighth).Max(default) : default;

    private void Enqueue(Target target)
    {
        if (!target.IsDue)
        {
            target.IsDue = true;
            _due.Enqueue(target);
        }
    }

    private Target? Find(string targetId)
    {
        lock (_gate)
        {
            if (!_targets.TryGetValue(targetId, out var target) && Count < maxTargets)
            {
                _targets.Add(targetId, target = new Target(this, targetId));
            }

            return target;
        }
    }

    /// <summary>Forgets the targets that hold nothing.</summary>
    private void Sweep()
    {
        lock (_gate)
        {
            foreach (var (id, target) in _targets)
            {
                if (target.Held == default && !target.IsDue)
                {
                    _targets.Remove(id);
                }
            }
        }
    }

    private void Take(Target target, LinkCredit size)
    {
        // In this order: when a loan falls, as much must be returned right after.
        Change(target, default(LinkCredit) - size);
        link.Taken((int)size.Messages, size.Bytes);
    }

    /// <summary>One target, and the counted messages that it holds. Guarded by the lock of the meter.</summary>
    private sealed class Target(TargetMeter meter, string id) : IMessageOrigin
    {
        public string Id => id;

        public LinkCredit Held { get; set; }

        public bool IsPaused { get; set; }

        /// <summary>Whether a notice waits to be taken.</summary>
        public bool IsDue { get; set; }

        public void Taken(int messages, long bytes) => meter.Take(this, new LinkCredit(messages, bytes));
    }
}
