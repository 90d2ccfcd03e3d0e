using System.Collections.Concurrent;
using System.Threading.Channels;
using Proto;
using Proto.Mailbox;
using Proto.Router;

namespace Remote.Tests;

/// <summary>The credit of every message from another node comes back exactly once, whatever becomes of the message.</summary>
[Trait("Behaviour", "I-03")]
public sealed class CreditReturnTests : IAsyncLifetime
{
    private const int Count = 40;
    private const int Size = 3;

    private readonly ActorSystem _system = new();
    private readonly CountingOrigin _origin = new();
    private readonly ConcurrentQueue<object> _deadLetters = new();
    private IMailbox? _made;

    public static TheoryData<string> Mailboxes =>
        ["default", "unbounded", "drops the newest", "drops the oldest", "drops what arrives", "blocks", "batching", "own"];

    public Task InitializeAsync()
    {
        MailboxInstallation.Install(_system);
        _system.EventStream.Subscribe<DeadLetterEvent>(letter => _deadLetters.Enqueue(letter.Message));
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.DisposeAsync().AsTask();

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task Taken(string mailbox)
    {
        var pid = _system.Root.Spawn(With(mailbox, new GatedActor()));

        await PostAsync(pid);

        await ReturnedAsync();
    }

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task FullMailbox_ThatEmpties(string mailbox)
    {
        var actor = new GatedActor();
        var pid = _system.Root.Spawn(With(mailbox, actor));
        await actor.CloseAsync(_system, pid);
        await FillAsync(pid, mailbox);

        actor.Open();

        await ReturnedAsync();
    }

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task Restart_WithAFullMailbox(string mailbox)
    {
        var actor = new GatedActor(failing: true);
        var pid = _system.Root.Spawn(With(mailbox, actor).WithGuardianSupervisorStrategy(Strategy(SupervisorDirective.Restart)));
        await actor.CloseAsync(_system, pid);
        await FillAsync(pid, mailbox);

        actor.Open();

        if (mailbox == "batching")
        {
            // Proto.Actor's batching mailbox stays suspended after a restart: what is in it is in it.
            _system.Root.Stop(pid);
        }

        await ReturnedAsync();
    }

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task SupervisionStop_WithAFullMailbox_WhatIsLeftIsDeadLetters(string mailbox)
    {
        var actor = new GatedActor(failing: true);
        var pid = _system.Root.Spawn(With(mailbox, actor).WithGuardianSupervisorStrategy(Strategy(SupervisorDirective.Stop)));
        await actor.CloseAsync(_system, pid);
        await FillAsync(pid, mailbox);

        actor.Open();

        await ReturnedAsync();
        if (mailbox is "default" or "unbounded" or "own")
        {
            await UntilAsync(() => DeadNumbers().Length == Count, "a dead letter for each message that was left");
            Assert.Equal(Enumerable.Range(0, Count), DeadNumbers().Order());
        }
    }

    /// <summary>Nobody tells a foreign mailbox that its actor has ended: without us it stays suspended, and what senders of this node put there waits for ever.</summary>
    [Theory]
    [InlineData("default")]
    [InlineData("unbounded")]
    [InlineData("own")]
    public async Task SupervisionStop_MessagesOfThisNode_AreDeadLettersToo(string mailbox)
    {
        var actor = new GatedActor(failing: true);
        var pid = _system.Root.Spawn(With(mailbox, actor).WithGuardianSupervisorStrategy(Strategy(SupervisorDirective.Stop)));
        await actor.CloseAsync(_system, pid);
        for (var i = 0; i < Count; i++)
        {
            _system.Root.Send(pid, i);
        }

        actor.Open();

        await UntilAsync(() => DeadNumbers().Length == Count, "a dead letter for each message that was left");
    }

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task Stop_WithAFullMailbox(string mailbox)
    {
        var actor = new GatedActor();
        var pid = _system.Root.Spawn(With(mailbox, actor));
        await actor.CloseAsync(_system, pid);
        await FillAsync(pid, mailbox);
        _system.Root.Stop(pid);

        actor.Open();

        await ReturnedAsync();
    }

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task Poison_WithAFullMailbox(string mailbox)
    {
        var actor = new GatedActor();
        var pid = _system.Root.Spawn(With(mailbox, actor));
        await actor.CloseAsync(_system, pid);
        Post(pid, PoisonPill.Instance);
        await FillAsync(pid, mailbox);

        actor.Open();

        await ReturnedAsync(Count + 1);
    }

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task MessageBatches(string mailbox)
    {
        var pid = _system.Root.Spawn(With(mailbox, new GatedActor()));

        Post(pid, new Batch([1, 2, 3]));
        Post(pid, new Batch([]));
        Post(pid, new AnsweringBatch([4]));
        Post(pid, new MessageEnvelope(new Batch([5]), PID.FromAddress("nonhost", "nobody")));

        await ReturnedAsync(4);
    }

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task Forward_TheCreditIsNotGivenTwice(string mailbox)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = Count;
        var end = _system.Root.Spawn(With(mailbox, new FunctionalActor(context =>
        {
            if (context.Message is int or MessageBatch)
            {
                left -= context.Message is MessageBatch batch ? batch.Messages.Count : 1;
                if (left <= 0)
                {
                    taken.TrySetResult();
                }
            }
        })));
        var forwarder = _system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is int)
            {
                context.Forward(end);
            }

            return Task.CompletedTask;
        }));
        var sender = PID.FromAddress("nonhost", "nobody");

        for (var i = 0; i < Count; i++)
        {
            Post(forwarder, new MessageEnvelope(i, sender));
        }

        await ReturnedAsync();
        if (!mailbox.StartsWith("drops", StringComparison.Ordinal))
        {
            await taken.Task.Within("what was forwarded");
        }

        Assert.Equal((Count, (long)Count * Size), (_origin.Returned.Messages, _origin.Returned.Bytes));
    }

    [Fact]
    public async Task NameUsedAgain_WhileMessagesCome()
    {
        var name = PID.FromAddress("nonhost", "name");
        for (var i = 0; i < Count; i++)
        {
            var pid = _system.Root.SpawnNamed(Props.FromFunc(_ => Task.CompletedTask), name.Id);
            Post(name.Clone(), i);
            _system.Root.Stop(pid);
            Post(name.Clone(), i);
            await UntilAsync(() => ReferenceEquals(_system.ProcessRegistry.Get(name.Clone()), _system.DeadLetter), "the name to be free");
        }

        await ReturnedAsync(2 * Count);
    }

    [Fact]
    public async Task ReceiveTimeout_Middleware_Decorator()
    {
        var props = Props.FromFunc(context =>
            {
                if (context.Message is Started)
                {
                    context.SetReceiveTimeout(TimeSpan.FromMilliseconds(1));
                }

                return Task.CompletedTask;
            })
            .WithReceiverMiddleware(next => (context, envelope) => next(context, envelope.WithHeader("seen", "yes")))
            .WithContextDecorator(context => new PlainDecorator(context));
        var pid = _system.Root.Spawn(props);

        await PostAsync(pid);

        await ReturnedAsync();
    }

    [Theory]
    [InlineData("round robin pool")]
    [InlineData("round robin group")]
    [InlineData("broadcast group")]
    [InlineData("group of nobody")]
    public async Task Routers(string kind)
    {
        var routee = Props.FromFunc(_ => Task.CompletedTask);
        var routees = new[] { _system.Root.Spawn(routee), _system.Root.Spawn(With("blocks", new GatedActor())) };
        var router = _system.Root.Spawn(kind switch
        {
            "round robin pool" => _system.Root.NewRoundRobinPool(routee, 3),
            "round robin group" => _system.Root.NewRoundRobinGroup(routees),
            "broadcast group" => _system.Root.NewBroadcastGroup(routees),
            _ => _system.Root.NewBroadcastGroup(),
        });

        await PostAsync(router);
        Post(router, new Proto.Router.Messages.RouterGetRoutees());

        await ReturnedAsync(Count + 1);
    }

    [Fact]
    public async Task ProcessesThatAreNoActors_GiveItBackAtOnce()
    {
        using var future = _system.Root.GetFuture();

        Post(future.Pid, "answer");
        Post(_system.DeadLetterPid, "dead");
        Post(PID.FromAddress("nonhost", "$eventstream"), "event");
        Post(PID.FromAddress("nonhost", "missing"), "missing");

        Assert.Equal(4, _origin.Returned.Messages);
        Assert.Equal("answer", await future.Task.Within("the answer"));
    }

    [Fact]
    public async Task SpawnedBeforeTheStart_GivesItBackAtOnce()
    {
        await using var system = new ActorSystem();
        var pid = system.Root.Spawn(Props.FromFunc(_ => Task.CompletedTask));

        Assert.Equal(1, MailboxInstallation.Install(system));

        CreditedPost.Post(system.ProcessRegistry.Get(pid), pid, "message", _origin, Size);

        Assert.Equal(1, _origin.Returned.Messages);
    }

    [Fact]
    public void ProcessThatThrows_GivesItBack()
    {
        var (pid, _) = _system.ProcessRegistry.TryAdd("throwing", new ThrowingProcess(_system));
        var (actor, _) = _system.ProcessRegistry.TryAdd("throwing actor", new ActorProcess(_system, new ThrowingMailbox()));

        Assert.Throws<InvalidOperationException>(() => Post(pid, "message"));
        Assert.Throws<InvalidOperationException>(() => Post(actor, "message"));

        Assert.Equal(2, _origin.Returned.Messages);
    }

    [Fact]
    public async Task FailureWhileStarting()
    {
        var props = Props.FromFunc(context => context.Message is Started ? throw new InvalidOperationException("thrown on purpose") : Task.CompletedTask)
            .WithGuardianSupervisorStrategy(Strategy(SupervisorDirective.Stop));
        var pid = _system.Root.Spawn(props);

        await PostAsync(pid);

        await ReturnedAsync();
        await UntilAsync(() => DeadNumbers().Length == Count, "a dead letter for each message");
    }

    /// <summary>As a bounded mailbox of Proto.Actor does now and then: a turn that ends beside a message takes the mailbox for empty.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Turn_ThatOverlooksAMessage_IsFollowedByAnother(bool whilePosting)
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var overlooking = new OverlookingMailbox(whilePosting);
        var props = Props.FromProducer(() => new FunctionalActor(context =>
        {
            if (context.Message is int)
            {
                taken.TrySetResult();
            }
        }));
        var pid = _system.Root.Spawn(props.WithDispatcher(new SynchronousDispatcher()).WithMailbox(() => overlooking));

        Post(pid, 1);
        if (!whilePosting)
        {
            await UntilAsync(() => overlooking.UserMessageCount == 1, "the message in the mailbox");
            overlooking.Overlook();
        }

        await taken.Task.Within("the message that was overlooked");
        await ReturnedAsync(1);
    }

    /// <summary>Proto.Actor's mailboxes end a turn with a handler that awaits, and have not found themselves empty then.</summary>
    [Theory]
    [InlineData("unbounded")]
    [InlineData("drops the newest")]
    public async Task Turn_ThatEndsWithAHandlerThatAwaits_KeepsTheCreditOfWhatIsLeft(string mailbox)
    {
        var steps = new StepDispatcher(throughput: 300);
        var pid = _system.Root.Spawn(With(mailbox, new YieldingActor()).WithDispatcher(steps));
        await steps.RunAsync();
        await FillAsync(pid, mailbox);

        await steps.StepAsync().Within("the turn of the first message");

        Assert.Equal(1, _origin.Returned.Messages);
        await steps.StepAsync().Within("the turn of the second message");
        Assert.Equal(2, _origin.Returned.Messages);

        // What was swallowed comes back in the end, though the last turn with a message in it said nothing of that.
        await RunUntilReturnedAsync(steps);
    }

    [Fact]
    public async Task Turn_ThatWasAskedForAndIsFull_KeepsTheCreditOfWhatIsLeft()
    {
        var steps = new StepDispatcher(throughput: 3);
        var pid = _system.Root.Spawn(With("unbounded", new FunctionalActor(_ => { })).WithDispatcher(steps));
        await steps.RunAsync();
        await FillAsync(pid, "unbounded");

        await steps.StepAsync().Within("a turn of three messages");
        Assert.Equal(3, _origin.Returned.Messages);
        await steps.StepAsync().Within("a turn that was asked for, and two messages");

        Assert.Equal(5, _origin.Returned.Messages);
        await RunUntilReturnedAsync(steps);
    }

    /// <summary>A turn of one message is full with it, and one that was asked for is full with the asking.</summary>
    [Fact]
    public async Task Turns_OfOneMessage_GiveTheCreditOfWhatWasDroppedBack()
    {
        var steps = new StepDispatcher(throughput: 1);
        var pid = _system.Root.Spawn(With("drops the newest", new FunctionalActor(_ => { })).WithDispatcher(steps));
        await steps.RunAsync();

        await FillAsync(pid, "drops the newest");

        await RunUntilReturnedAsync(steps);
    }

    /// <summary>A list of the application's own, which may throw, or have nothing in a place.</summary>
    [Theory]
    [InlineData("throws")]
    [InlineData("throws at its end")]
    [InlineData("has nothing in its last place")]
    [InlineData("has nothing at all")]
    public async Task Batch_OfTheApplication(string batch)
    {
        var pid = _system.Root.Spawn(With("default", new FunctionalActor(_ => { })));
        var process = _system.ProcessRegistry.Get(pid);
        try
        {
            CreditedPost.Post(process, pid, new OddBatch(batch), _origin, Size);
            Assert.StartsWith("has", batch, StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            Assert.StartsWith("throws", batch, StringComparison.Ordinal);
        }

        await _origin.WhenReturnedAsync(1);
        Assert.Equal((1, Size), (_origin.Returned.Messages, (int)_origin.Returned.Bytes));
    }

    /// <summary>A loop of ours asks for it: what it throws would end the process.</summary>
    [Fact]
    public void AskForTurn_TheMailboxThrows_IsNoAffairOfWhoeverAsks() =>
        new TrackingInvoker(new ScriptedInvoker(), new ThrowingMailbox(), new CreditLedger(), new ControlLedger()).AskForTurn();

    /// <summary>Whoever posts a stop may be the thread that reads a connection.</summary>
    [Theory]
    [InlineData("default")]
    [InlineData("unbounded")]
    public async Task Stop_CallbacksOfTheApplicationAreNoneOfTheThreadThatPosts(string mailbox)
    {
        var actor = new ScriptedInvoker();
        var called = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var posted = new ManualResetEventSlim();
        actor.CancellationTokenSource.Token.Register(() =>
        {
            // On the thread that posts this would wait for itself.
            called.SetResult(posted.Wait(TimeSpan.FromSeconds(5)) ? 1 : 0);
            throw new InvalidOperationException("thrown on purpose");
        });
        var mine = Credited(mailbox, actor);

        mine.PostSystemMessage(Stop.Instance);
        posted.Set();

        Assert.Equal(1, await called.Task.Within("the callback"));
        Assert.True(actor.CancellationTokenSource.IsCancellationRequested);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("unbounded")]
    public void Stop_OfAnActorThatHasEnded_ThrowsNothing(string mailbox)
    {
        var actor = new ScriptedInvoker();
        var mine = Credited(mailbox, actor);
        actor.CancellationTokenSource.Dispose();

        mine.PostSystemMessage(Stop.Instance);
        mine.PostSystemMessage(Stop.Instance);
    }

    [Fact]
    public async Task Turn_TellsTheOriginOnce()
    {
        var actor = new GatedActor();
        var pid = _system.Root.Spawn(With("default", actor));
        await actor.CloseAsync(_system, pid);
        await PostAsync(pid);

        actor.Open();

        await ReturnedAsync();
        Assert.Equal(1, _origin.Returned.Calls);
    }

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public void Install_ActorsHaveAMailboxThatKnowsOfCredit(string mailbox)
    {
        var pid = _system.Root.Spawn(With(mailbox, new GatedActor()));

        Assert.IsAssignableFrom<ICreditedMailbox>(ProtoActorInternals.MailboxOf((ActorProcess)_system.ProcessRegistry.Get(pid)));
    }

    private Props With(string mailbox, IActor actor)
    {
        var props = Props.FromProducer(() => actor);
        return mailbox == "default" ? props : props.WithMailbox(() => _made = Make(mailbox));
    }

    private static IMailbox Credited(string mailbox, IMessageInvoker actor)
    {
        IMailbox made = mailbox == "default" ? new RemoteMailbox() : new TrackedMailbox(Make(mailbox));
        made.RegisterHandlers(actor, new StepDispatcher(throughput: 10));
        made.Start();
        return made;
    }

    private static IMailbox Make(string mailbox) => mailbox switch
    {
        "unbounded" => UnboundedMailbox.Create(),
        "drops the newest" => BoundedMailbox.Create(5, BoundedChannelFullMode.DropNewest),
        "drops the oldest" => BoundedMailbox.Create(5, BoundedChannelFullMode.DropOldest),
        "drops what arrives" => BoundedMailbox.Create(5, BoundedChannelFullMode.DropWrite),
        "blocks" => BoundedMailbox.Create(5),
        "batching" => new BatchingMailbox(10),
        _ => new OwnMailbox(),
    };

    private static OneForOneStrategy Strategy(SupervisorDirective directive) => new((_, _) => directive, 10, null);

    private async Task PostAsync(PID pid)
    {
        // On a thread of its own, because posting must return: a mailbox that blocks would hang the test here.
        await Task.Run(() =>
        {
            for (var i = 0; i < Count; i++)
            {
                Post(pid, i);
            }
        }).Within("posting");
    }

    /// <summary>Posts, and waits until the mailbox itself has as much as it takes: they are posted to it from the thread pool.</summary>
    private async Task FillAsync(PID pid, string mailbox)
    {
        await PostAsync(pid);
        if (mailbox != "default")
        {
            await UntilAsync(() => _made!.UserMessageCount >= (mailbox == "blocks" ? 5 : Count), "the mailbox to be full");
        }
    }

    private void Post(PID pid, object message) => CreditedPost.Post(_system.ProcessRegistry.Get(pid), pid, message, _origin, Size);

    private async Task ReturnedAsync(int count = Count)
    {
        await _origin.WhenReturnedAsync(count);
        Assert.Equal((count, (long)count * Size), (_origin.Returned.Messages, _origin.Returned.Bytes));
    }

    // Whoever posted the last message may ask for a turn when all others have been run.
    private async Task RunUntilReturnedAsync(StepDispatcher steps)
    {
        using var timeout = new CancellationTokenSource(TestTime.Ceiling);
        while (_origin.Returned.Messages < Count)
        {
            Assert.False(timeout.IsCancellationRequested, $"Waited {TestTime.Ceiling} for all credit.");
            await steps.RunAsync().Within("all turns");
            await Task.Yield();
        }

        await ReturnedAsync();
    }

    private int[] DeadNumbers() => [.. _deadLetters.OfType<int>()];

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var timeout = new CancellationTokenSource(TestTime.Ceiling);
        while (!condition())
        {
            Assert.False(timeout.IsCancellationRequested, $"Waited {TestTime.Ceiling} for {what}.");
            await Task.Yield();
        }
    }

    /// <summary>Stands still between Close and Open; one that fails does so with the first message after that.</summary>
    private sealed class GatedActor(bool failing = false) : IActor
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _fails = failing;

        public Task CloseAsync(ActorSystem system, PID pid)
        {
            system.Root.Send(pid, this);
            return _closed.Task.Within("the actor to stand still");
        }

        public void Open() => _opened.SetResult();

        public async Task ReceiveAsync(IContext context)
        {
            if (ReferenceEquals(context.Message, this) || context.Message is MessageBatch { Messages: [MessageEnvelope { Message: GatedActor }, ..] })
            {
                _closed.TrySetResult();
                await _opened.Task;
                if (_fails)
                {
                    _fails = false;
                    throw new InvalidOperationException("thrown on purpose");
                }
            }
        }
    }

    private sealed class OddBatch(string kind) : IMessageBatch
    {
        public IReadOnlyCollection<object> GetMessages() => kind switch
        {
            "throws" => throw new InvalidOperationException("thrown on purpose"),
            "throws at its end" => new Broken(),
            "has nothing in its last place" => ["a", null!],
            _ => [],
        };

        private sealed class Broken : IReadOnlyCollection<object>
        {
            public int Count => 2;

            public IEnumerator<object> GetEnumerator()
            {
                yield return "a";
                throw new InvalidOperationException("thrown on purpose");
            }

            System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
        }
    }

    private sealed class YieldingActor : IActor
    {
        public async Task ReceiveAsync(IContext context) => await Task.Yield();
    }

    private sealed class ThrowingProcess(ActorSystem system) : Process(system)
    {
        protected override void SendUserMessage(PID pid, object message) => throw new InvalidOperationException("thrown on purpose");

        protected override void SendSystemMessage(PID pid, SystemMessage message)
        {
        }
    }

    /// <summary>As an actor from before the start may have one.</summary>
    private sealed class ThrowingMailbox : IMailbox
    {
        public int UserMessageCount => 0;

        public void PostUserMessage(object msg) => throw new InvalidOperationException("thrown on purpose");

        public void PostSystemMessage(object msg)
        {
            if (msg is TurnAsked)
            {
                throw new InvalidOperationException("thrown on purpose");
            }
        }

        public void RegisterHandlers(IMessageInvoker invoker, IDispatcher dispatcher)
        {
        }

        public void Start()
        {
        }
    }

    private sealed class FunctionalActor(Action<IContext> receive) : IActor
    {
        public Task ReceiveAsync(IContext context)
        {
            receive(context);
            return Task.CompletedTask;
        }
    }

    private sealed class PlainDecorator(IContext context) : ActorContextDecorator(context);

    private record Batch(IReadOnlyCollection<object> Messages) : IMessageBatch
    {
        public IReadOnlyCollection<object> GetMessages() => Messages;
    }

    private sealed record AnsweringBatch(IReadOnlyCollection<object> Messages) : Batch(Messages), IAutoRespond
    {
        public object GetAutoResponse(IContext context) => "answer";
    }

    /// <summary>Gives out only in turns that a system message begins.</summary>
    private sealed class OverlookingMailbox(bool whilePosting) : IMailbox
    {
        private readonly ConcurrentQueue<SystemMessage> _system = new();
        private readonly ConcurrentQueue<object> _user = new();
        private IMessageInvoker? _invoker;
        private IDispatcher? _dispatcher;

        public int UserMessageCount => _user.Count;

        public void Overlook() => _dispatcher!.Schedule(() => Task.CompletedTask);

        public void PostUserMessage(object msg)
        {
            _user.Enqueue(msg);
            if (whilePosting)
            {
                Overlook();
            }
        }

        public void PostSystemMessage(object msg)
        {
            _system.Enqueue((SystemMessage)msg);
            _dispatcher!.Schedule(RunAsync);
        }

        public void RegisterHandlers(IMessageInvoker invoker, IDispatcher dispatcher) => (_invoker, _dispatcher) = (invoker, dispatcher);

        public void Start()
        {
        }

        private async Task RunAsync()
        {
            while (_system.TryDequeue(out var system))
            {
                await _invoker!.InvokeSystemMessageAsync(system);
            }

            while (_user.TryDequeue(out var message))
            {
                await _invoker!.InvokeUserMessageAsync(message);
            }
        }
    }

    /// <summary>As somebody might write one: two queues, a flag, a task.</summary>
    private sealed class OwnMailbox : IMailbox
    {
        private readonly ConcurrentQueue<SystemMessage> _system = new();
        private readonly ConcurrentQueue<object> _user = new();
        private IMessageInvoker? _invoker;
        private bool _suspended;
        private int _running;

        public int UserMessageCount => _user.Count;

        public void PostUserMessage(object msg)
        {
            _user.Enqueue(msg);
            Schedule();
        }

        public void PostSystemMessage(object msg)
        {
            _system.Enqueue((SystemMessage)msg);
            Schedule();
        }

        public void RegisterHandlers(IMessageInvoker invoker, IDispatcher dispatcher) => _invoker = invoker;

        public void Start() => Schedule();

        private void Schedule()
        {
            if (_invoker is not null && Interlocked.Exchange(ref _running, 1) == 0)
            {
                _ = Task.Run(RunAsync);
            }
        }

        private async Task RunAsync()
        {
            while (true)
            {
                object? message = null;
                try
                {
                    if (_system.TryDequeue(out var system))
                    {
                        message = system;
                        _suspended = system is SuspendMailbox || (_suspended && system is not ResumeMailbox);
                        await _invoker!.InvokeSystemMessageAsync(system);
                    }
                    else if (!_suspended && _user.TryDequeue(out message))
                    {
                        await _invoker!.InvokeUserMessageAsync(message);
                    }
                    else
                    {
                        break;
                    }
                }
                catch (Exception exception)
                {
                    _invoker!.EscalateFailure(exception, message);
                }
            }

            Volatile.Write(ref _running, 0);
            Interlocked.MemoryBarrier();
            if (!_system.IsEmpty || (!_suspended && !_user.IsEmpty))
            {
                Schedule();
            }
        }
    }
}
