namespace Remote.Tests.Links;

/// <summary>The receiving side: credit, the meter of targets, and mailboxes that remember the origin of each message.</summary>
internal sealed class TargetReceiver : IMessageOrigin
{
    internal const int Window = 40;

    private readonly CreditWindow _window;
    private readonly TargetMeter _meter;
    private readonly Dictionary<string, Queue<(IMessageOrigin Origin, int Size)>> _mailboxes = [];
    private readonly HashSet<string> _ended = [];
    private bool _isNoticeDue;

    internal TargetReceiver(long windowBytes)
    {
        _window = new CreditWindow(Window, windowBytes);
        _meter = new TargetMeter(_window, this, () => _isNoticeDue = true);
    }

    /// <summary>The numbers that each target got.</summary>
    internal Dictionary<string, List<int>> Received { get; } = [];

    internal int LastSequence { get; private set; }

    /// <summary>More waits than the window: what a slow target holds was lent to its neighbours.</summary>
    internal bool IsLoanInUse => _window.Outstanding.Messages > Window;

    internal LinkCredit AnnounceInHandshake() => _window.AnnounceInHandshake();

    public void Taken(int messages, long bytes) => _window.Return(messages, bytes);

    internal void Arrive(TargetBatch batch)
    {
        if (batch.Sequence <= LastSequence)
        {
            return;
        }

        LastSequence++;
        Assert.Equal(LastSequence, batch.Sequence);
        var granted = _window.Granted;
        _meter.BeginBatch(new LinkCredit(batch.Deliveries.Length, batch.Bytes));
        foreach (var delivery in batch.Deliveries)
        {
            Deliver(delivery);
        }

        _meter.EndBatch();
        Assert.True(_window.Charge(batch.Deliveries.Length, batch.Bytes, granted), "It had no credit for that.");
    }

    internal void Take(string target, int count)
    {
        var tally = new OriginTally();
        for (var mailbox = _mailboxes.GetValueOrDefault(target); count > 0 && mailbox?.TryDequeue(out var message) == true; count--)
        {
            tally.Add(message.Origin, message.Size);
        }

        tally.Report();
    }

    internal void End(string target)
    {
        if (!_ended.Remove(target))
        {
            _ended.Add(target);
            Take(target, int.MaxValue);
        }
    }

    /// <summary>What to say now. A pause goes before the credit that is lent because of it.</summary>
    internal IEnumerable<object> Tell()
    {
        var credit = _window.Announce();
        _isNoticeDue = false;
        while (_meter.TryTakeNotice(out var notice))
        {
            yield return notice;
        }

        yield return credit;
    }

    /// <summary>How many messages of a target have come to their end.</summary>
    internal int Taken(string target) => Received.GetValueOrDefault(target, []).Count - (_mailboxes.GetValueOrDefault(target)?.Count ?? 0);

    internal void BeginStream() => _meter.BeginStream();

    internal void Check(bool isToldAll)
    {
        Assert.InRange(_window.Outstanding.Messages, 0, _window.Max.Messages * 3 / 2);
        Assert.InRange(_window.Outstanding.Bytes, 0, _window.Max.Bytes * 3 / 2);
        Assert.InRange(_meter.Count, 0, TargetCase.Targets);
        Assert.False(isToldAll && _isNoticeDue, "Somebody was asked to say something.");
        foreach (var (target, mailbox) in _mailboxes)
        {
            Assert.True(mailbox.Count <= Window, $"{target} holds {mailbox.Count} messages, more than the window.");
        }
    }

    /// <summary>Everything was taken: nothing is counted any more, nothing lent, and all of the window is granted again.</summary>
    internal void CheckCalm()
    {
        _meter.BeginBatch(new LinkCredit(0, 0));
        Assert.Equal((0, default), (_meter.Count, _window.Outstanding));
    }

    private void Deliver(in RemoteDelivery delivery)
    {
        var target = delivery.Target.Id;
        var size = TargetBatch.Size(delivery);
        var origin = _meter.Charge(target, size);
        if (!_mailboxes.TryGetValue(target, out var mailbox))
        {
            _mailboxes.Add(target, mailbox = new());
            Received.Add(target, []);
        }

        Received[target].Add(TargetBatch.Number(delivery));
        if (_ended.Contains(target))
        {
            origin.Taken(1, size);
        }
        else
        {
            mailbox.Enqueue((origin, size));
        }
    }
}
