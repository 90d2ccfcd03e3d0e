using Remote.Testing;

namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-07")]
public sealed class TurnTests
{
    [Fact]
    public async Task SystemMessages_GoBeforeUserMessages()
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        var watched = system.Root.Spawn(Functions.Echo);
        var gate = new Gate();
        var pid = system.Spawn(async context =>
        {
            probe.Record(context.Message);
            if (context.Message is Gate closed)
            {
                context.Watch(watched);
                await closed.PassAsync();
            }
        });
        system.Root.Send(pid, gate);
        await gate.Entered.Within("the actor to be busy");
        for (var i = 0; i < 1000; i++)
        {
            system.Root.Send(pid, "user");
        }

        await system.Root.StopAsync(watched).Within("the watched actor's end: its Terminated comes last");
        gate.Open();
        await probe.WaitForCountAsync<string>(1000);

        Assert.IsType<Terminated>(probe.Events[2]);
    }

    [Fact]
    public async Task SystemMessages_InTheMiddleOfATurn_DoNotWaitForItsEnd()
    {
        await using var system = new TestSystem();
        var gate = new Gate();
        var handled = 0;
        var pid = system.Spawn(async context =>
        {
            if (context.Message is Gate closed)
            {
                await closed.PassAsync();
            }
            else if (context.Message is int && ++handled == 5)
            {
                context.Stop(context.Self);
            }
        });
        system.Root.Send(pid, gate);
        await gate.Entered.Within("the actor to be busy");
        for (var i = 0; i < 100; i++)
        {
            system.Root.Send(pid, i);
        }

        gate.Open();

        await system.DeadLetters.WaitForCountAsync<DeadLetterEvent>(95);
        Assert.Equal(5, handled);
    }

    [Fact]
    public async Task Throughput_DefaultIs300()
    {
        Assert.Equal(300, Dispatcher.DefaultThroughput);
        await AssertTurnsAsync(Dispatcher.DefaultThroughput);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public Task Throughput_IsObeyed(int throughput) => AssertTurnsAsync(throughput);

    [Fact]
    public async Task Turns_AreFair_AFloodedActorDoesNotStarveOthers()
    {
        await using var system = new TestSystem();

        // More self-flooding actors than threads: each keeps its own mailbox full for ever.
        var flooded = Enumerable.Range(0, 4 * Environment.ProcessorCount).Select(_ => system.Spawn(context =>
        {
            if (context.Message is string)
            {
                context.Send(context.Self, "again");
            }
        })).ToList();
        flooded.ForEach(pid =>
        {
            for (var i = 0; i < 1000; i++)
            {
                system.Root.Send(pid, "start");
            }
        });

        var quiet = system.Root.Spawn(Functions.Echo);
        for (var i = 0; i < 20; i++)
        {
            await system.Root.RequestAsync<string>(quiet, "quiet").Within("a quiet actor's answer");
        }
    }

    [Fact]
    public async Task Conversation_OnThePool_DoesNotStarveOthers()
    {
        await using var system = new TestSystem();
        for (var i = 0; i < 2 * Environment.ProcessorCount; i++)
        {
            var echo = system.Spawn(context =>
            {
                if (context.Sender is not null)
                {
                    context.Respond("pong");
                }
            });
            system.Spawn(context =>
            {
                if (context.Message is Started or string)
                {
                    context.Request(echo, "ping");
                }
            });
        }

        var quiet = system.Root.Spawn(Functions.Echo);
        for (var i = 0; i < 20; i++)
        {
            await system.Root.RequestAsync<string>(quiet, "quiet").Within("a quiet actor's answer");
        }
    }

    [Fact]
    public async Task Statistics_HearEverything()
    {
        await using var system = new TestSystem();
        foreach (var mailbox in new Func<IMailbox>[] { Mailboxes.Unbounded, () => Mailboxes.Bounded(2000) })
        {
            var statistics = new CountingStatistics();
            var pid = system.Root.Spawn(Functions.Echo.WithMailbox(mailbox).WithMailboxStatistics(() => statistics));
            await statistics.Empty.WaitAsync(Awaiting.Ceiling);

            for (var i = 0; i < 1000; i++)
            {
                system.Root.Send(pid, i);
            }

            await system.Root.RequestAsync<string>(pid, "last").Within("the actor to be done");
            await statistics.Empty.WaitAsync(Awaiting.Ceiling);
            Assert.Equal((1, 1001, 1001), (statistics.Started, statistics.Posted, statistics.Received));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_JustBeforeTheTurnSleeps_IsSeen(bool systemMessage)
    {
        await using var system = new TestSystem();
        using var probe = new EventProbe();
        PID? pid = null;
        var late = new LateSender(() =>
        {
            if (systemMessage)
            {
                system.System.SendSystem(pid!, Actors.Stop.Instance);
            }
            else
            {
                system.Root.Send(pid!, "late");
            }
        });
        pid = system.Root.Spawn(Functions.Props(context => probe.Record(context.Message)).WithMailboxStatistics(() => late));

        late.IsArmed = true;
        system.Root.Send(pid, 1);

        await probe.NextAsync<object>(message => systemMessage ? message is Stopped : message is "late");
    }

    [Fact]
    public async Task CustomMailbox_PriorityOrder_IsObeyed()
    {
        await using var system = new TestSystem();
        var busy = await BusyActor.SpawnAsync(system, new PriorityMailbox());

        foreach (var text in new[] { "b", "d", "a", "c" })
        {
            system.Root.Send(busy.Pid, text);
        }

        // The pill sorts last.
        Assert.Equal(["a", "b", "c", "d"], await busy.FinishAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_SteadyState_AllocatesNothing(bool withSenderAndOrigin)
    {
        await using var system = new TestSystem();
        using var dispatcher = new ManualDispatcher(1000);
        var origin = new FakeOrigin();
        var handled = 0;
        var pid = system.Root.Spawn(Functions.Props(context => handled += context.Message is string ? 1 : 0).WithDispatcher(dispatcher));
        dispatcher.RunOne();
        var envelope = withSenderAndOrigin ? new MessageEnvelope("message", pid, null, origin, 10) : new MessageEnvelope("message");
        Round(100);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Round(100);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(20_000, handled);

        void Round(int turns)
        {
            for (var turn = 0; turn < turns; turn++)
            {
                for (var i = 0; i < 100; i++)
                {
                    system.Root.Send(pid, in envelope);
                }

                dispatcher.RunOne();
            }
        }
    }

    private static async Task AssertTurnsAsync(int throughput)
    {
        await using var system = new TestSystem();
        using var dispatcher = new ManualDispatcher(throughput);
        var handled = 0;
        var pid = system.Root.Spawn(Functions.Props(context => handled += context.Message is int ? 1 : 0).WithDispatcher(dispatcher));
        dispatcher.RunOne();
        var total = (2 * throughput) + 1;
        for (var i = 0; i < total; i++)
        {
            system.Root.Send(pid, i);
        }

        var turns = new List<int>();
        while (handled < total)
        {
            var before = handled;
            dispatcher.RunOne();
            turns.Add(handled - before);
        }

        Assert.Equal([throughput, throughput, 1], turns);
        Assert.Equal(0, dispatcher.Waiting);
        dispatcher.RunFromNowOn();
    }

    /// <summary>Posts at the last moment: when the turn has found nothing more to do and is about to sleep.</summary>
    private sealed class LateSender(Action send) : IMailboxStatistics
    {
        public volatile bool IsArmed;

        public void MailboxStarted()
        {
        }

        public void MessagePosted(object message)
        {
        }

        public void MessageReceived(object message)
        {
        }

        public void MailboxEmpty()
        {
            if (IsArmed)
            {
                IsArmed = false;
                send();
            }
        }
    }

    private sealed class CountingStatistics : IMailboxStatistics
    {
        private int _started;
        private int _posted;
        private int _received;

        public int Started => _started;

        public int Posted => Volatile.Read(ref _posted);

        public int Received => Volatile.Read(ref _received);

        public SemaphoreSlim Empty { get; } = new(0);

        public void MailboxStarted() => _started++;

        public void MessagePosted(object message) => Interlocked.Increment(ref _posted);

        public void MessageReceived(object message) => Interlocked.Increment(ref _received);

        public void MailboxEmpty() => Empty.Release();
    }

    private sealed class PriorityMailbox : IMailbox
    {
        private readonly Lock _lock = new();
        private readonly PriorityQueue<MessageEnvelope, string> _queue = new(StringComparer.Ordinal);

        public int Count => _queue.Count;

        public bool IsEmpty => Count == 0;

        public bool TryPost(in MessageEnvelope envelope)
        {
            lock (_lock)
            {
                _queue.Enqueue(envelope, envelope.Message as string ?? "~");
                return true;
            }
        }

        public bool TryDisplace(in MessageEnvelope arriving, out MessageEnvelope? displaced) => throw new NotSupportedException();

        public bool TryTake(out MessageEnvelope envelope)
        {
            lock (_lock)
            {
                return _queue.TryDequeue(out envelope, out _);
            }
        }
    }
}
