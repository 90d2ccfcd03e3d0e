using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-03")]
public sealed class FutureProcessTests
{
    [Fact]
    public async Task RequestAsync_AllRequests_ShareOneProcess()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var pid = system.Spawn(context =>
        {
            if (context.Message is int)
            {
                probe.Record(context.Sender!);
            }
        });

        for (var i = 0; i < 100; i++)
        {
            _ = system.Root.RequestAsync<int>(pid, i);
        }

        var senders = await probe.WaitForCountAsync<PID>(100);
        Assert.Single(senders.Distinct());
        Assert.Equal(100, senders.Select(sender => sender.RequestId).Distinct().Count());
        Assert.DoesNotContain(0u, senders.Select(sender => sender.RequestId));
        Assert.Equal(100, system.System.Processes.Diagnose(senders[0].Id)?.UserMessages);
    }

    [Fact]
    public async Task Id_CarriesRandomCharactersOfTheSystemId()
    {
        await using var former = new TestSystem();
        await using var present = new TestSystem();

        Assert.Equal("$future-" + present.System.Id[..12], present.System.Futures.Pid.Id);
        Assert.NotEqual(former.System.Futures.Pid, present.System.Futures.Pid);
        Assert.Matches("^[0-9a-f]{32}$", present.System.Id);
    }

    [Fact]
    public async Task Answer_ForAFormerIncarnation_CompletesNothing()
    {
        await using var former = new TestSystem();
        await using var present = new TestSystem();
        using var probe = new EventProbe();
        var silent = present.Spawn(context =>
        {
            if (context.Message is string)
            {
                probe.Record(context.Sender!);
            }
        });
        var request = present.Root.RequestAsync<string>(silent, "question");
        var sender = await probe.NextAsync<PID>();

        // The worst case: the former life had a request of the same number.
        var formerSender = new PID("", former.System.Futures.Pid.Id, sender.RequestId);
        present.Root.Send(formerSender, "an answer of long ago");

        var letter = await present.DeadLetters.NextAsync<DeadLetterEvent>();
        Assert.Equal("an answer of long ago", letter.Message);
        Assert.False(request.IsCompleted);
        present.Root.Send(sender, "the answer");
        Assert.Equal("the answer", await request.Within("the answer"));
    }

    [Fact]
    public async Task RequestAsync_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        var count = TestScale.Count(200_000);
        await using var system = new TestSystem();
        var held = new List<(PID Sender, int Number)>(count);
        var allHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pid = system.Spawn(context =>
        {
            if (context.Message is int number)
            {
                held.Add((context.Sender!, number));
                if (held.Count == count)
                {
                    allHeld.SetResult();
                }
            }
        });

        var requests = Enumerable.Range(0, count).AsParallel().WithDegreeOfParallelism(4)
            .Select(number => (number, Task: system.Root.RequestAsync<int>(pid, number))).ToList();
        await allHeld.Task.Within($"all {count} requests to arrive");
        Assert.Equal(count, system.System.Futures.PendingCount);

        // Answered in another order than asked, by several threads, some of them twice.
        var random = new Random(1);
        var answers = held.ToArray();
        random.Shuffle(answers);
        Parallel.ForEach(answers, new ParallelOptions { MaxDegreeOfParallelism = 4 }, answer =>
        {
            system.Root.Send(answer.Sender, answer.Number);
            if (answer.Number % 100 == 0)
            {
                system.Root.Send(answer.Sender, -1);
            }
        });

        foreach (var (number, task) in requests)
        {
            Assert.Equal(number, await task.Within($"the answer to {number}"));
        }

        Assert.Equal(0, system.System.Futures.PendingCount);
        await system.DeadLetters.WaitForCountAsync<DeadLetterEvent>(count / 100);
    }

    [Fact]
    public void Add_IdsWrapAround_SkipZeroAndPendingOnes()
    {
        var system = new ActorSystem();
        var futures = new FutureProcess(system, firstId: uint.MaxValue - 2);
        var ids = Enumerable.Range(0, 5).Select(_ => Begin(futures)).ToList();

        Assert.Equal([uint.MaxValue - 1, uint.MaxValue, 1u, 2u, 3u], ids);

        // All 32 bits later the counter is where it was: what is still pending is passed over, what was answered is free again.
        Assert.NotNull(futures.Remove(uint.MaxValue));
        futures.LastId = uint.MaxValue - 2;
        Assert.Equal([uint.MaxValue, 4u], [Begin(futures), Begin(futures)]);
    }

    [Fact]
    public void Add_IdsStartAtARandomNumber()
    {
        // A node that restarts soon does not repeat the numbers of its former life either.
        var first = Enumerable.Range(0, 4).Select(_ => Begin(new ActorSystem().Futures)).Distinct();

        Assert.True(first.Count() > 1);
    }

    [Fact]
    public async Task SendSystemMessage_Terminated_CompletesTheRequest()
    {
        await using var system = new TestSystem();
        var request = new PendingRequest<Terminated>();
        system.System.Futures.Add(request, Timeout.InfiniteTimeSpan, CancellationToken.None);
        var who = new PID("far:1", "x");

        system.System.SendSystem(request.Pid, new Terminated(who, TerminatedReason.AddressTerminated));
        system.System.SendSystem(request.Pid, new Terminated(who, TerminatedReason.Stopped));

        Assert.Equal(TerminatedReason.AddressTerminated, (await request.Task.Within("the Terminated")).Why);
    }

    [Fact]
    public async Task SendSystemMessage_Watch_IsAnsweredNotFound()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        system.Spawn(context =>
        {
            if (context.Message is Started)
            {
                context.Watch(system.System.Futures.Pid.WithRequestId(5));
            }

            probe.Record(context.Message);
        });

        Assert.Equal(TerminatedReason.NotFound, (await probe.NextAsync<Terminated>()).Why);
    }

    [Fact]
    public async Task SendUserMessage_WithOrigin_GivesCreditBackAtOnce()
    {
        await using var system = new TestSystem();
        var origin = new FakeOrigin();
        var request = new PendingRequest<string>();
        system.System.Futures.Add(request, Timeout.InfiniteTimeSpan, CancellationToken.None);

        system.Root.Send(request.Pid, new MessageEnvelope("answer", origin: origin, size: 10));
        Assert.Equal((1, 10), (origin.Messages, origin.Bytes));
        system.Root.Send(request.Pid, new MessageEnvelope("late answer", origin: origin, size: 5));
        Assert.Equal((2, 15), (origin.Messages, origin.Bytes));
        system.Root.Send(request.Pid, new MessageEnvelope(new DeadLetterResponse(request.Pid, default), origin: origin, size: 1));
        Assert.Equal((3, 16, 3), (origin.Messages, origin.Bytes, origin.Calls));

        Assert.Equal("answer", await request.Task.Within("the answer"));
    }

    [Fact]
    public async Task ShutdownAsync_FailsWhatIsPending()
    {
        var system = new TestSystem();
        var request = new PendingRequest<string>();
        system.System.Futures.Add(request, Timeout.InfiniteTimeSpan, CancellationToken.None);

        await system.DisposeAsync();

        var failed = await Assert.ThrowsAsync<DeadLetterException>(() => request.Task.Within("the failure"));
        Assert.Equal(DeadLetterReason.Shutdown, failed.Reason);
    }

    private static uint Begin(FutureProcess futures)
    {
        var request = new PendingRequest<string>();
        futures.Add(request, Timeout.InfiniteTimeSpan, CancellationToken.None);
        return request.Pid.RequestId;
    }
}
