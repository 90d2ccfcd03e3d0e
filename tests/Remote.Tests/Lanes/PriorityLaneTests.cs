using Proto;
using static Remote.Tests.PriorityScene;

namespace Remote.Tests;

/// <summary>Messages that are marked as IRemotePriorityMessage (decision page 0022).</summary>
[Trait("Behaviour", "K-03")]
public sealed class PriorityLaneTests
{
    private static readonly LinkCredit Plenty = new(100_000, 10_000_000);
    private static readonly LinkCredit Window = LinkCredit.PriorityWindow;

    [Fact]
    public async Task Peer_WithoutALink_PriorityGoesBeforeUserMessages()
    {
        await using var scene = new PriorityScene();
        scene.Post(Tell(1), Tell(2), Urgent(1), Tell(3), Urgent(2));
        Assert.Equal(["0: u1 u2 1 2 3"], scene.Write());
        Assert.Equal(5, scene.Statistics.Written);
    }

    [Fact]
    public async Task Peer_WithThem_HasNoUserCredit_PriorityGoesInABatchThatSaysSo()
    {
        await using var scene = new PriorityScene(credit: default(LinkCredit), priority: Window);
        scene.Post(Tell(1), Urgent(1), Urgent(2, "b"));
        Assert.Equal(["1!: u1 u2@b"], scene.Write());
        Assert.Equal((1, 2L), (scene.Statistics.QueueLength, scene.Statistics.Retained));

        scene.Acknowledge(1, Plenty, Window);
        Assert.Equal(["2: 1"], scene.Write());
        Assert.Equal((2L, 1L), (scene.Statistics.Acknowledged, scene.Statistics.Retained));
    }

    [Fact]
    public async Task Control_GoesAlong_InAPriorityBatch()
    {
        await using var scene = new PriorityScene(credit: default(LinkCredit), priority: Window);
        scene.Post(Urgent(1)).PostControl();
        Assert.Equal(["1!: actor.Watch u1"], scene.Write());
    }

    /// <summary>An older node would count its user credit as passed.</summary>
    [Fact]
    public async Task Peer_WithoutThem_PriorityGoesFirstAndOnlyByUserCredit()
    {
        await using var scene = new PriorityScene(credit: new LinkCredit(2, 10_000));
        scene.Post(Tell(1), Tell(2), Urgent(1), Urgent(2), Urgent(3));
        Assert.Equal(["1: u1 u2"], scene.Write());

        scene.Acknowledge(1, new LinkCredit(4, 10_000), Window);
        Assert.Equal(["2: u3 1"], scene.Write());
    }

    [Fact]
    public async Task Bound_InMessages_TheNextOnesGoByUserCreditAndBeforeUserMessages()
    {
        await using var scene = new PriorityScene(credit: new LinkCredit(3, 10_000), priority: new LinkCredit(2, 10_000));
        scene.Post(Tell(1), Tell(2), Urgent(1), Urgent(2), Urgent(3), Urgent(4));
        Assert.Equal(["1!: u1 u2", "2: u3 u4 1"], scene.Write());

        // A total that came back lets the next one go without user credit, which is used up.
        scene.Post(Urgent(5), Urgent(6));
        Assert.Empty(scene.Write());
        scene.Acknowledge(2, new LinkCredit(3, 10_000), new LinkCredit(3, 10_000));
        Assert.Equal(["3!: u5"], scene.Write());
        scene.Acknowledge(3, new LinkCredit(4, 10_000), new LinkCredit(3, 10_000));
        Assert.Equal(["4: u6"], scene.Write());
    }

    [Fact]
    public async Task Bound_InBytes_TheMessageThatPassesItGoesByUserCredit()
    {
        var size = SizeOf(Urgent(1, bytes: 100));
        await using var scene = new PriorityScene(credit: new LinkCredit(10, size - 1), priority: new LinkCredit(10, (2 * size) - 1));
        scene.Post(Tell(1), Urgent(1, bytes: 100), Urgent(2, bytes: 100), Urgent(3));

        // No later one passes it, and no user message eats the credit that it waits for.
        Assert.Equal(["1!: u1"], scene.Write());
        scene.Acknowledge(1, new LinkCredit(10, size), new LinkCredit(10, (2 * size) - 1));
        Assert.Equal(["2: u2", "3!: u3"], scene.Write());
    }

    [Fact]
    public async Task Lane_IsFull_FurtherOnesGoIntoTheUserLaneAndNoneOvertakesAnotherToItsTarget()
    {
        await using var scene = new PriorityScene(credit: default(LinkCredit), priority: Window);
        scene.Post(Tell(1)).Post([.. Enumerable.Range(1, PriorityLane.Capacity + 1).Select(number => Urgent(number))]);
        scene.Write();

        // Its place is free again, but an older one to the same target waits for user credit.
        scene.Acknowledge(16, default, Window + Window);
        scene.Post(Urgent(2000), Urgent(2001, "b"));
        Assert.Equal(["17!: u2001@b"], scene.Write()[^1..]);
        scene.Acknowledge(17, Plenty, Window + Window);
        Assert.Equal(["18: 1 u1001 u2000"], scene.Write());
        scene.Post(Urgent(2002), Tell(2));
        Assert.Equal(["19!: u2002", "20: 2"], scene.Write());
    }

    [Fact]
    public async Task Lane_UserLaneIsFull_PriorityIsAccepted_AndBeyondItsOwnBoundRefused()
    {
        await using var scene = new PriorityScene(new EndpointOptions { QueueCapacity = 1 }, credit: default(LinkCredit));
        scene.Post(Tell(1)).Post([.. Enumerable.Range(1, PriorityLane.Capacity).Select(number => Urgent(number))]);
        Assert.Equal(PostResult.Full, scene.Mailbox.Post(Urgent(2000), out var refusal, out _, isPriority: true));
        Assert.Equal(DeadLetterReason.QueueFull, refusal);
        Assert.Empty(scene.Write());

        // Control is not held up by them, and does not count them.
        Assert.Equal(["1: actor.Watch"], scene.PostControl().Write());
    }

    /// <summary>DropOldest takes a priority message out of the user lane; the next one to its target need not wait for it.</summary>
    [Fact]
    public async Task UserLane_DropsAPriorityMessage_LaterOnesHaveTheirLaneAgain()
    {
        var options = new EndpointOptions { QueueCapacity = 1, Overflow = OverflowPolicy.DropOldest };
        await using var scene = new PriorityScene(options, credit: default(LinkCredit), priority: Window);
        scene.Post([.. Enumerable.Range(1, PriorityLane.Capacity + 1).Select(number => Urgent(number))]).Post(Tell(1));
        scene.Write();
        scene.Acknowledge(16, default, Window + Window);
        scene.Post(Urgent(2000));
        Assert.Equal(["17!: u2000"], scene.Write());
        Assert.Equal(1, scene.Statistics.DeadLetters["DroppedOldest"]);
    }

    [Fact]
    public async Task SendAsync_Waits_LaterOnesToItsTargetStayBehindItUntilItIsGone()
    {
        await using var scene = new PriorityScene(new EndpointOptions { QueueCapacity = 1 }, credit: default(LinkCredit), priority: Window);
        scene.Post([.. Enumerable.Range(1, PriorityLane.Capacity).Select(number => Urgent(number))]).Post(Tell(1));
        var first = scene.PostOrWait(Urgent(2000));
        scene.Write();
        scene.Acknowledge(16, default, Window + Window);
        var second = scene.PostOrWait(Urgent(2001));

        Assert.True(scene.Mailbox.Withdraw(first!, DeadLetterReason.QueueFull));
        Assert.True(scene.Mailbox.Withdraw(second!, refused: null));
        Assert.Null(scene.PostOrWait(Urgent(2002)));
        Assert.Equal(["17!: u2002"], scene.Write());
    }

    /// <summary>User credit is for the neighbours of a slow target while there is one.</summary>
    [Fact]
    public async Task Target_IsPaused_PriorityLeavesUserCreditToTheOthers()
    {
        await using var scene = new PriorityScene(credit: Plenty, priority: new LinkCredit(1, 10_000));
        scene.PauseTarget("a", isPaused: true);
        scene.Post(Tell(1), Urgent(1), Urgent(2), Tell(2, "b"));
        Assert.Equal(["1!: u1", "2: 2@b"], scene.Write());

        scene.PauseTarget("a", isPaused: false);
        Assert.Equal(["3: u2 1"], scene.Write());
    }

    [Fact]
    public async Task Cut_InTheMiddle_WhatWasWrittenGoesOutAgainByteForByteAndTheRestFollowsInOrder()
    {
        await using var scene = new PriorityScene(credit: new LinkCredit(1, 10_000), priority: new LinkCredit(2, 10_000));
        scene.Post(Tell(1), Tell(2), Urgent(1), Urgent(2), Urgent(3), Urgent(4));
        Assert.Equal(["1!: u1 u2", "2: u3"], scene.Write());
        scene.Redial(2, new LinkCredit(2, 10_000));
        Assert.Equal(["2: u3", "3: u4"], scene.Write());
        Assert.Equal((2L, 2L, 2), (scene.Statistics.Acknowledged, scene.Statistics.Retained, scene.Statistics.QueueLength));
        scene.Redial(1 + 1, new LinkCredit(4, 10_000));
        Assert.Equal(["2: u3", "3: u4", "4: 1 2"], scene.Write());
    }

    [Fact]
    public async Task Retained_IsFull_PriorityUsesHalfOfTheReserveOfControl()
    {
        await using var scene = new PriorityScene(credit: Plenty, priority: Window);
        for (var number = 1; number <= 200; number++)
        {
            scene.Post(Tell(number)).Write();
        }

        Assert.Equal(64, scene.Written.Count);
        for (var number = 1; number <= 200; number++)
        {
            scene.Post(Urgent(number)).Write();
        }

        Assert.Equal(64 + 32, scene.Written.Count);
        Assert.Equal(["97: actor.Watch"], scene.PostControl().Write());
        scene.Acknowledge(97, Plenty, Window);
        scene.Write();
        Assert.Equal(0, scene.Statistics.QueueLength);
    }

    [Fact]
    public async Task Close_PriorityWaits_IsCountedAndGivenBackBeforeUserMessages()
    {
        await using var scene = new PriorityScene(credit: default(LinkCredit));
        scene.Post(Tell(1), Urgent(1));
        scene.Mailbox.TryClaim();
        scene.Mailbox.EndStream(byVerdict: false);
        var left = scene.Mailbox.Close(DeadLetterReason.EndpointClosed, DeadLetterReason.EndpointClosed);
        Assert.Equal((1, 1, 2), (left.Priority.Length, left.User.Length, left.Accepted));
        Assert.Equal(2, scene.Statistics.DeadLetters["EndpointClosed"]);
        scene.CheckLedger();
    }

    [Fact]
    public async Task Outage_RefusesPriorityMessagesToo()
    {
        await using var scene = new PriorityScene(credit: default(LinkCredit));
        scene.Post(Urgent(1));
        scene.Mailbox.TryClaim();
        scene.Mailbox.EndStream(byVerdict: false);
        Assert.Single(scene.Mailbox.BeginOutage(DeadLetterReason.NotConnected).Priority);
        Assert.Equal(PostResult.Closed, scene.Mailbox.Post(Urgent(2), out var reason, out _, isPriority: true));
        Assert.Equal(DeadLetterReason.NotConnected, reason);
        scene.CheckLedger();
    }

    [Fact]
    public async Task MoveTo_PriorityWaits_ItMovesAndTheMessagesInTheUserLaneAreRemembered()
    {
        await using var from = new PriorityScene(credit: default(LinkCredit));
        await using var to = new PriorityScene(credit: default(LinkCredit), priority: Window);
        from.Post([.. Enumerable.Range(1, PriorityLane.Capacity + 1).Select(number => Urgent(number, number > 1000 ? "b" : "a"))]);
        from.Mailbox.TryClaim();
        from.Mailbox.EndStream(byVerdict: false);
        from.Mailbox.MoveTo(to.Mailbox, out var late);
        Assert.Equal(0, late.Accepted);
        from.CheckLedger();
        to.Write();
        to.Acknowledge(16, default, Window + Window);
        to.Post(Urgent(2000, "b"), Urgent(2001));
        Assert.Equal(["17!: u2001"], to.Write()[^1..]);
        to.Acknowledge(17, Plenty, Window + Window);
        Assert.Equal(["18: u1001@b u2000@b"], to.Write());
    }

    [Fact]
    public async Task Drain_PriorityWaits_IsNotOverBeforeItIsWritten()
    {
        await using var scene = new PriorityScene(credit: default(LinkCredit));
        scene.Post(Urgent(1));
        var drained = scene.Mailbox.BeginDrain(DeadLetterReason.Shutdown);
        scene.Write();
        Assert.False(drained.IsCompleted);
        scene.Acknowledge(0, Plenty);
        Assert.Equal(["1: u1"], scene.Write());
        Assert.True(drained.IsCompleted);
    }

    [Fact]
    public void SharedMessagesAndEnvelopes_AreJudgedByTheirContent()
    {
        var target = new PID("peer:1", "a");
        Assert.True(new RemoteDelivery(target, new SharedMessage(Urgent(1).Message)).IsPriority);
        Assert.True(new RemoteDelivery(target, new MessageEnvelope(Urgent(1).Message, target), null).IsPriority);
        Assert.False(Tell(1).IsPriority);
    }
}
