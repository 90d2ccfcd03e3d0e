namespace Remote.Tests.Links;

[Trait("Behaviour", "B-05")]
public class TargetMeterTests
{
    private readonly MeteredLink _link = new(messages: 40, bytes: 400);

    [Fact]
    public void Charge_BelowAQuarter_CountsNobody()
    {
        for (var message = 0; message < 10; message++)
        {
            Assert.Same(_link, _link.Deliver("slow"));
        }

        Assert.Equal(0, _link.Meter.Count);
        Assert.NotSame(_link, _link.Deliver("slow"));
        Assert.Equal(1, _link.Meter.Count);
        Assert.Empty(_link.Notices());
    }

    [Fact]
    public void Charge_CalmLink_AllocatesNothing() => Assert.Equal(0, Allocations.Measure(() => _link.Charge("a", 1).Taken(1, 1)));

    [Fact]
    public void Charge_HalfOfTheWindow_Pauses()
    {
        _link.Deliver("slow", 20);
        Assert.Empty(_link.Notices());
        _link.Deliver("slow");
        Assert.Equal([new TargetNotice("slow", IsPaused: true)], _link.Notices());
        Assert.Equal(1, _link.Asked);
        _link.Deliver("slow", 3);
        Assert.Empty(_link.Notices());
    }

    [Fact]
    public void Charge_HalfOfTheBytes_Pauses()
    {
        _link.Deliver("slow", 4, size: 40);
        Assert.Empty(_link.Notices());
        _link.Deliver("slow", 1, size: 40);
        Assert.Equal([new TargetNotice("slow", IsPaused: true)], _link.Notices());
    }

    [Fact]
    public void Taken_DownToAnEighth_GoesOn()
    {
        _link.Deliver("slow", 22);
        _link.Notices();
        _link.Take("slow", 16);
        Assert.Empty(_link.Notices());
        _link.Take("slow", 1);
        Assert.Equal([new TargetNotice("slow", IsPaused: false)], _link.Notices());

        // Not paused again before it holds as much as the first time.
        _link.Deliver("other", 10);
        _link.Deliver("slow", 5);
        Assert.Empty(_link.Notices());
        _link.Deliver("slow");
        Assert.Equal([new TargetNotice("slow", IsPaused: true)], _link.Notices());
    }

    [Fact]
    public void Taken_LargeMessages_GoesOnAtAnEighthOfTheBytes()
    {
        _link.Deliver("slow", 6, size: 40);
        _link.Notices();
        _link.Take("slow", 4);
        Assert.Empty(_link.Notices());
        _link.Take("slow", 1);
        Assert.Equal([new TargetNotice("slow", IsPaused: false)], _link.Notices());
    }

    [Fact]
    public void Taken_Everything_IsForgotten()
    {
        _link.Deliver("slow", 21);
        _link.Take("slow", 21);
        _link.Meter.BeginBatch(default);
        Assert.Equal(1, _link.Meter.Count);
        _link.Notices();
        _link.Deliver("slow", 5);
        Assert.Empty(_link.Notices());
        _link.Take("slow", 5);
        _link.Meter.BeginBatch(default);
        Assert.Equal(0, _link.Meter.Count);
        Assert.Equal(26, _link.TakenMessages);
    }

    /// <summary>The window was full of one target's messages before it could be paused, and its actor never takes another.</summary>
    [Fact]
    public void Charge_WindowFullOfOneTarget_LendsTheOthersWhatItHolds()
    {
        _link.Deliver("slow", 40);
        Assert.Equal([new TargetNotice("slow", IsPaused: true)], _link.Notices());
        var credit = _link.Announce();
        Assert.Equal(60, credit.Messages);
        _link.Deliver("fast", 10);
        _link.Take("fast", 10);
        Assert.Equal(70, _link.Announce().Messages);

        // Repaid before anything is returned, and nothing is taken back.
        _link.Take("slow", 5);
        Assert.Equal(75, _link.Announce().Messages);
        _link.Take("slow", 10);
        Assert.Equal(85, _link.Announce().Messages);
        _link.Take("slow", 15);
        Assert.Equal(85, _link.Announce().Messages);
        _link.Take("slow", 10);
        Assert.Equal(90, _link.Announce().Messages);
    }

    [Fact]
    public void Notice_NotTakenYet_SaysTheNewest()
    {
        _link.Deliver("slow", 21);
        _link.Take("slow", 21);
        Assert.Equal([new TargetNotice("slow", IsPaused: false)], _link.Notices());
    }

    [Fact]
    public void BeginStream_PausedTargets_AreSaidAgain()
    {
        Assert.False(_link.Meter.BeginStream());
        _link.Deliver("slow", 21);
        _link.Deliver("slower", 12);
        _link.Notices();
        _link.Take("slow", 17);
        _link.Notices();
        Assert.True(_link.Meter.BeginStream());
        Assert.Equal([new TargetNotice("slower", IsPaused: true)], _link.Notices());
    }

    [Fact]
    public void Charge_MoreTargetsThanAreCounted_TheRestIsNot()
    {
        var link = new MeteredLink(400, 40_000, maxTargets: 3);
        link.Deliver("first", 101);
        for (var target = 0; target < 5; target++)
        {
            link.Deliver($"t{target}", 2);
        }

        Assert.Equal(3, link.Meter.Count);
        link.Take("t0", 2);
        Assert.NotSame(link, link.Deliver("t4"));
        Assert.Equal(3, link.Meter.Count);
    }

    [Fact]
    public async Task Judge_MailboxesAndReaderAtOnce_NeverLeavesATargetPaused()
    {
        const int rounds = 3000;
        var link = new MeteredLink(40, 4000);
        for (var round = 0; round < rounds; round++)
        {
            link.Deliver("other", 11);
            var accounts = Enumerable.Range(0, 10).Select(_ => link.Charge("slow", 1)).ToList();
            var reader = Task.Run(() => link.Charge("slow", 1));
            accounts.ForEach(account => account.Taken(1, 1));
            (await reader.WaitAsync(TimeSpan.FromSeconds(30))).Taken(1, 1);
            link.Take("other", 11);
            var last = link.Notices().LastOrDefault();
            Assert.True(last.TargetId is null or "other" || !last.IsPaused, $"{last} in round {round}");
        }
    }

    [Fact]
    public void EndBatch_AfterTheActorTookWhatItBrought_PausesNobody()
    {
        _link.Deliver("other", 10);
        _link.Meter.BeginBatch(new LinkCredit(30, 30));
        for (var message = 0; message < 30; message++)
        {
            _link.Meter.Charge("slow", 1).Taken(1, 1);
        }

        _link.Meter.EndBatch();
        Assert.Empty(_link.Notices());
        _link.Take("other", 10);
        _link.Meter.BeginBatch(default);
        Assert.Equal(0, _link.Meter.Count);
    }

    [Fact]
    public void Charge_ABatchThatBreaksOff_IsCountedByTheNext()
    {
        _link.Deliver("other", 10);
        _link.Meter.BeginBatch(new LinkCredit(1, 1));
        _link.Meter.Charge("slow", 1);
        _link.Meter.BeginBatch(new LinkCredit(1, 1));
        _link.Meter.Charge("slow", 1);
        _link.Meter.EndBatch();
        _link.Deliver("slow", 20);
        Assert.Contains(_link.Notices(), notice => notice == new TargetNotice("slow", IsPaused: true));
    }

    [Fact]
    public void Charge_ABatchThatMayPassAQuarter_IsCountedFromItsBeginning()
    {
        _link.Deliver("other", 5);
        _link.Meter.BeginBatch(new LinkCredit(5, 95));
        Assert.Same(_link, _link.Meter.Charge("slow", 1));
        _link.Meter.BeginBatch(new LinkCredit(6, 6));
        Assert.NotSame(_link, _link.Meter.Charge("slow", 1));
        _link.Meter.BeginBatch(new LinkCredit(1, 96));
        Assert.NotSame(_link, _link.Meter.Charge("slow", 1));
    }

    /// <summary>A link with its window, a meter, and mailboxes that remember the origin of each message.</summary>
    private sealed class MeteredLink : IMessageOrigin
    {
        private readonly CreditWindow _window;
        private readonly Dictionary<string, Queue<(IMessageOrigin Origin, int Size)>> _mailboxes = [];
        private int _asked;

        public MeteredLink(int messages, int bytes, int maxTargets = 100)
        {
            _window = new CreditWindow(messages, bytes);
            Meter = new TargetMeter(_window, this, () => Interlocked.Increment(ref _asked), maxTargets);
        }

        public TargetMeter Meter { get; }

        public int Asked => _asked;

        public int TakenMessages { get; private set; }

        public void Taken(int messages, long bytes)
        {
            TakenMessages += messages;
            _window.Return(messages, bytes);
        }

        public LinkCredit Announce() => _window.Announce();

        public IMessageOrigin Charge(string target, int size)
        {
            Meter.BeginBatch(new LinkCredit(1, size));
            var origin = Meter.Charge(target, size);
            Meter.EndBatch();
            _window.Charge(1, size, _window.Granted);
            return origin;
        }

        public IMessageOrigin Deliver(string target, int count = 1, int size = 1)
        {
            IMessageOrigin origin = this;
            for (var message = 0; message < count; message++)
            {
                origin = Charge(target, size);
                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_mailboxes, target, out _) ??= new();
                _mailboxes[target].Enqueue((origin, size));
            }

            return origin;
        }

        public void Take(string target, int count)
        {
            for (var message = 0; message < count; message++)
            {
                var (origin, size) = _mailboxes[target].Dequeue();
                origin.Taken(1, size);
            }
        }

        public List<TargetNotice> Notices()
        {
            List<TargetNotice> notices = [];
            while (Meter.TryTakeNotice(out var notice))
            {
                notices.Add(notice);
            }

            return notices;
        }
    }
}
