using System.Runtime.InteropServices;

namespace Remote.Tests;

/// <summary>What the lanes do with messages for an actor that is too slow, by the policies other than parking.</summary>
[Trait("Behaviour", "B-04")]
public sealed class SlowTargetPolicyTests
{
    private readonly RemoteDelivery[] _user = new RemoteDelivery[100];

    [Fact]
    public async Task DeadLetter_WhatWaitsForTheTarget_IsRefusedAndNothingIsParked()
    {
        var mailbox = MailboxKit.Linked(new EndpointOptions { QueueCapacity = 10, SlowTarget = SlowTargetPolicy.DeadLetter });
        for (var i = 0; i < 6; i++)
        {
            mailbox.Post(MailboxKit.Delivery(i % 2 == 0 ? "slow" : "fast", i), out _, out _);
        }

        mailbox.Limit("slow", 1, isReleased: false);
        var taken = mailbox.Take(default, default, _user);
        Assert.Equal([0, 1, 3, 5], MailboxKit.Numbers(_user.AsSpan(0, taken.User)));
        Assert.Equal([2, 4], MailboxKit.Numbers(CollectionsMarshal.AsSpan(taken.Refused)));

        var settled = new WriterOutcome { Retained = taken.User };
        Assert.Equal(TakeState.Empty, mailbox.Take(settled, default, _user).State);
        var statistics = mailbox.Snapshot("peer", EndpointState.Connected);
        Assert.Equal((0, 2L), (statistics.QueueLength, statistics.DeadLetters["QueueFull"]));

        Assert.Equal(PostResult.Full, mailbox.Post(MailboxKit.Delivery("slow", 6), out var reason, out _));
        Assert.Equal(RemoteDeadLetterReasons.QueueFull, reason);
        mailbox.PostOrWait(MailboxKit.Delivery("slow", 7), out _, out var waiter);
        Assert.False(waiter!.Task.IsCompleted);
        mailbox.TryClaim();
        mailbox.Limit("slow", 0, isReleased: true);
        await waiter.Task.Within("the waiter");
        Assert.Equal([7], MailboxKit.Numbers(_user.AsSpan(0, mailbox.Take(default, default, _user).User)));
    }

    [Fact]
    public void Wait_NothingOvertakesAnything()
    {
        var mailbox = MailboxKit.Linked(new EndpointOptions { QueueCapacity = 10, SlowTarget = SlowTargetPolicy.Wait });
        for (var i = 0; i < 10; i++)
        {
            mailbox.Post(MailboxKit.Delivery(i % 2 == 0 ? "slow" : "fast", i), out _, out _);
        }

        Assert.False(mailbox.Limit("slow", 0, isReleased: false));
        Assert.Equal(Enumerable.Range(0, 10), MailboxKit.Numbers(_user.AsSpan(0, mailbox.Take(default, default, _user).User)));
    }
}
