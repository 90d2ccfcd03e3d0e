using Proto;

namespace Remote.Testing.Tests;

public sealed class MessageLedgerTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);
    private readonly MessageLedger _ledger = new();
    private readonly MessageFlow _flow;

    public MessageLedgerTests() => _flow = _ledger.Open("a", "b");

    [Fact]
    public void Judge_AllDeliveredInOrderOrDead_IsClean()
    {
        var stamps = Stamps(10);
        foreach (var stamp in stamps[..7])
        {
            _ledger.Deliver(stamp);
        }

        _ledger.Bury(stamps[7], DeadLetterReason.Stopped);
        _ledger.Bury(stamps[8], DeadLetterReason.QueueFull);
        _ledger.Bury(stamps[9], DeadLetterReason.QueueFull);

        var verdict = _ledger.Judge();
        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.Equal((10, 7, 10), (verdict.Sent, verdict.Delivered, _ledger.Settled));
        Assert.Equal([("QueueFull", 2), ("Stopped", 1)], verdict.DeadLetters.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value)));
        Assert.Equal(0, _ledger.Outstanding);
    }

    [Fact]
    public void Judge_NeitherDeliveredNorDead_IsLostAndNamed()
    {
        var stamps = Stamps(20);
        foreach (var number in Enumerable.Range(0, 20).Except([3, 4, 5, 11]))
        {
            _ledger.Deliver(stamps[number]);
        }

        var verdict = _ledger.Judge();

        Assert.Equal((4, false), (verdict.Lost, verdict.IsClean));
        Assert.Equal([3, 4, 5, 11], verdict.Flows[0].Lost);
        Assert.Contains("a -> b: 20 sent, 16 delivered, 4 LOST (3-5 11)", verdict.ToString(), StringComparison.Ordinal);
        Assert.Equal(4, _ledger.Outstanding);
    }

    [Fact]
    public void Deliver_Twice_IsADuplicateAndNotReordered()
    {
        var stamps = Stamps(3);
        Deliver(stamps[0], stamps[1], stamps[2], stamps[0], stamps[0]);

        var verdict = _ledger.Judge();

        Assert.Equal((3, 2, 0, false), (verdict.Delivered, verdict.Duplicated, verdict.Reordered, verdict.IsClean));
        Assert.Equal(3, _ledger.Settled);
    }

    [Fact]
    public void Deliver_AfterALaterOne_IsReorderedPerFlowOnly()
    {
        var other = _ledger.Open("a", "c");
        var stamps = Stamps(4);
        var others = new[] { other.Next(), other.Next() };
        Deliver(stamps[0], stamps[2], others[0], stamps[1], others[1], stamps[3]);

        var verdict = _ledger.Judge();

        Assert.Equal((1, 0, false), (verdict.Reordered, verdict.Lost, verdict.IsClean));
        Assert.Equal([1, 0], verdict.Flows.Select(flow => flow.Reordered));
        Assert.True(verdict.Where(flow => flow.Target == "c").IsClean);
    }

    [Fact]
    public void Bury_TwiceOrBesideADelivery_IsAContradiction()
    {
        var stamps = Stamps(3);
        Deliver(stamps[0], stamps[1], stamps[2]);
        _ledger.Bury(stamps[0], DeadLetterReason.Stopped);
        _ledger.Bury(stamps[1], new DeadLetterReason("DeliveryUnknown"));
        _ledger.Bury(stamps[1], new DeadLetterReason("DeliveryUnknown"));

        var verdict = _ledger.Judge();

        Assert.Equal((1, 1, 1, false), (verdict.Contradicted, verdict.DeadTwice, verdict.Doubtful, verdict.IsClean));
        Assert.Equal(3, _ledger.Settled);
        Assert.Equal(2, verdict.DeadLetters.Values.Sum());
    }

    [Fact]
    public void Bury_ReasonNamedUncertain_MayAlsoBeDelivered()
    {
        var ledger = new MessageLedger("Maybe");
        var stamp = ledger.Open("a", "b").Next();
        ledger.Bury(stamp, new DeadLetterReason("Maybe"));
        ledger.Deliver(stamp);

        Assert.True(ledger.Judge().IsClean, ledger.Judge().ToString());
    }

    [Fact]
    public void Withdraw_NotSentAfterAll_IsNotLostAndMustNotArrive()
    {
        var stamps = Stamps(2);
        _ledger.Withdraw(stamps[0]);
        _ledger.Withdraw(stamps[1]);
        Assert.True(_ledger.Judge().IsClean);
        Assert.Equal(0, _ledger.Judge().Sent);

        _ledger.Deliver(stamps[1]);

        Assert.Equal(1, _ledger.Judge().Contradicted);
    }

    [Fact]
    public void Deliver_StampNobodyGaveOut_IsForeign()
    {
        var stamp = _flow.Next();
        _ledger.Deliver(0);
        _ledger.Deliver(stamp + 1);
        _ledger.Bury(-1, DeadLetterReason.Stopped);
        _ledger.Deliver(long.MaxValue);
        _ledger.Deliver(stamp);

        var verdict = _ledger.Judge();
        Assert.Equal((4, 0, false), (verdict.Foreign, verdict.Lost, verdict.IsClean));
    }

    [Fact]
    public async Task Watch_DeadLettersOfASystem_AreCountedByReason()
    {
        await using var system = new ActorSystem();
        using var watching = _ledger.Watch(system.EventStream, message => message is long stamp ? stamp : null);
        system.Root.Send(new PID(system.Address, "nobody"), _flow.Next());
        system.Root.Send(new PID(system.Address, "nobody"), "none of ours");

        await _ledger.WaitForSettledAsync(1).WaitAsync(Ceiling);

        Assert.Equal(1, _ledger.Judge().DeadLetters["NoSuchProcess"]);
        Assert.Equal(0, _ledger.Judge().Foreign);
    }

    [Fact]
    public async Task WaitForAsync_DeliveredLater_Completes()
    {
        var stamps = Stamps(2);
        var waiting = _ledger.WaitForAsync(stamps[1]);
        _ledger.Deliver(stamps[0]);
        Assert.False(waiting.IsCompleted);

        _ledger.Deliver(stamps[1]);

        await waiting.WaitAsync(Ceiling);
        Assert.True(_ledger.IsDelivered(stamps[1]));
        var error = await Assert.ThrowsAsync<TimeoutException>(() => _ledger.WaitForSettledAsync(3, TimeSpan.FromMilliseconds(1)));
        Assert.Contains("2 delivered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deliver_ManyThreads_EachMessageOnce()
    {
        const int Each = 200_000;
        var flows = Enumerable.Range(0, 4).Select(i => _ledger.Open($"sender {i}", "target")).ToArray();
        var settled = _ledger.WaitForSettledAsync(4 * Each);

        // Two threads share each flow: every message is delivered by one and buried by the other.
        await Task.WhenAll(flows.SelectMany(flow =>
        {
            long[] stamps = [.. Enumerable.Range(0, Each).Select(_ => flow.Next())];
            return new[]
            {
                Task.Run(() => Array.ForEach(stamps, _ledger.Deliver)),
                Task.Run(() => Array.ForEach(stamps, stamp => _ledger.Bury(stamp, new DeadLetterReason("DeliveryUnknown")))),
            };
        })).WaitAsync(Ceiling);

        await settled.WaitAsync(Ceiling);
        var verdict = _ledger.Judge();
        Assert.True(verdict.IsClean, verdict.ToString());
        Assert.Equal((4 * Each, 4 * Each), (verdict.Delivered, verdict.DeadLetters["DeliveryUnknown"]));
        Assert.Equal(4 * Each, _ledger.Settled);
    }

    [Fact]
    public void Deliver_AMillionMessages_AllocatesOnlyBits()
    {
        _ledger.Deliver(_flow.Next());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000_000; i++)
        {
            _ledger.Deliver(_flow.Next());
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000);
        Assert.True(_ledger.Judge().IsClean);
    }

    private long[] Stamps(int count) => [.. Enumerable.Range(0, count).Select(_ => _flow.Next())];

    private void Deliver(params long[] stamps)
    {
        foreach (var stamp in stamps)
        {
            _ledger.Deliver(stamp);
        }
    }
}
