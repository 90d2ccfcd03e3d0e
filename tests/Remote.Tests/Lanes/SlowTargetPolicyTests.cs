namespace Remote.Tests;

/// <summary>What the lanes do with messages for an actor that is too slow, by the policies other than parking.</summary>
[Trait("Behaviour", "B-04")]
public sealed class SlowTargetPolicyTests
{
    [Fact]
    public async Task DeadLetter_WhatWaitsForTheTarget_IsRefusedAndNothingIsParked()
    {
        var mailbox = MailboxKit.Linked(new EndpointOptions { QueueCapacity = 10, SlowTarget = SlowTargetPolicy.DeadLetter });
        var taker = new LaneTaker(mailbox);
        for (var i = 0; i < 6; i++)
        {
            mailbox.Post(MailboxKit.Delivery(i % 2 == 0 ? "slow" : "fast", i), out _, out _);
        }

        mailbox.PauseTarget("slow", isPaused: true);
        Assert.Equal([1, 3, 5], taker.TakeNumbers());
        Assert.Equal([0, 2, 4], taker.Refused.Select(LaneTaker.NumberOf));

        Assert.Equal(TakeState.Empty, taker.Take(settled: 3));
        var statistics = mailbox.Snapshot(EndpointState.Connected);
        Assert.Equal((0, 3L), (statistics.QueueLength, statistics.DeadLetters["QueueFull"]));

        Assert.Equal(PostResult.Full, mailbox.Post(MailboxKit.Delivery("slow", 6), out var reason, out _));
        Assert.Equal(DeadLetterReason.QueueFull, reason);
        mailbox.PostOrWait(MailboxKit.Delivery("slow", 7), out _, out var waiter);
        Assert.False(waiter!.Task.IsCompleted);
        mailbox.TryClaim();
        mailbox.PauseTarget("slow", isPaused: false);
        await waiter.Task.Within("the waiter");
        Assert.Equal([7], taker.TakeNumbers());
    }

    [Fact]
    public void Wait_NothingOvertakesAnything()
    {
        var mailbox = MailboxKit.Linked(new EndpointOptions { QueueCapacity = 10, SlowTarget = SlowTargetPolicy.Wait });
        var taker = new LaneTaker(mailbox);
        for (var i = 0; i < 10; i++)
        {
            mailbox.Post(MailboxKit.Delivery(i % 2 == 0 ? "slow" : "fast", i), out _, out _);
        }

        Assert.False(mailbox.PauseTarget("slow", isPaused: true));
        Assert.Equal(Enumerable.Range(0, 10), taker.TakeNumbers());
    }
}
