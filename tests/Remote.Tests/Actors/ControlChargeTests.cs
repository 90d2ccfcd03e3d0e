using Proto;
using Proto.Mailbox;

namespace Remote.Tests;

/// <summary>What a peer is charged with for control messages comes back, once for each, whatever becomes of mailbox and actor.</summary>
[Trait("Behaviour", "I-03")]
public sealed class ControlChargeTests : IAsyncLifetime
{
    private const int Count = 40;

    private readonly ActorSystem _system = new();
    private readonly ControlOrigin _origin;
    private readonly GatedActor _actor = new();
    private long _charged;

    public ControlChargeTests() => _origin = new ControlOrigin(bytes => Interlocked.Add(ref _charged, bytes));

    public static TheoryData<string> Mailboxes => ["default", "unbounded", "bounded", "batching", "swallows"];

    private long Charged => Interlocked.Read(ref _charged);

    public Task InitializeAsync()
    {
        MailboxInstallation.Install(_system);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.DisposeAsync().AsTask();

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task Actor_ThatStandsStill_HoldsTheCharge_AndGoesOn(string mailbox)
    {
        var pid = await ClosedAsync(mailbox);
        Post(pid);
        Assert.Equal(Count * ControlOrigin.MessageBytes, Charged);

        _actor.Open();

        await ReturnedAsync();
        await _system.Root.RequestAsync<string>(pid, "ping", TestTime.Ceiling);
        Assert.Equal(0, Charged);
    }

    [Theory]
    [MemberData(nameof(Mailboxes))]
    public async Task Actor_ThatEnds_KeepsNothing(string mailbox)
    {
        var pid = await ClosedAsync(mailbox);
        var process = _system.ProcessRegistry.Get(pid);
        Post(pid);
        using (_origin.Post())
        {
            process.Stop(pid);
        }

        Assert.Equal((Count + 1) * ControlOrigin.MessageBytes, Charged);
        _actor.Open();
        await ReturnedAsync();

        // Whoever found the process a moment ago.
        Post(process, pid);
        await ReturnedAsync();
    }

    /// <summary>A mailbox that loses control messages and runs its turns without the dispatcher: the end of the actor is all that is seen of it.</summary>
    [Fact]
    public async Task Actor_ThatEnds_WithAMailboxThatTellsNothing_KeepsNothing()
    {
        var pid = await ClosedAsync("tells nothing");
        var process = _system.ProcessRegistry.Get(pid);
        Post(pid);
        Assert.Equal(Count * ControlOrigin.MessageBytes, Charged);

        process.Stop(pid);
        _actor.Open();
        await ReturnedAsync();
        Post(process, pid);

        await ReturnedAsync();
    }

    [Fact]
    public async Task Actor_ThatFails_GivesItBack()
    {
        var pid = _system.Root.Spawn(Props.FromProducer(() => _actor).WithGuardianSupervisorStrategy(new OneForOneStrategy((_, _) => SupervisorDirective.Stop, 1, null)));
        await _actor.CloseAsync(_system, pid);
        Post(pid);

        _actor.Fail();

        await ReturnedAsync();
    }

    /// <summary>A foreign mailbox that is never found empty gives back all the same.</summary>
    [Theory]
    [InlineData("default")]
    [InlineData("unbounded")]
    public async Task Turn_ThatIsFull_GivesBackWhatItTook(string mailbox)
    {
        var steps = new StepDispatcher(throughput: 10);
        var props = Props.FromFunc(_ => Task.CompletedTask).WithDispatcher(steps);
        var pid = _system.Root.Spawn(mailbox == "default" ? props : props.WithMailbox(() => Make(mailbox)));
        await steps.RunAsync();
        Post(pid);

        await steps.StepAsync().Within("a turn");

        Assert.Equal((Count - 10) * ControlOrigin.MessageBytes, Charged);
        await steps.RunAsync().Within("all turns");
        Assert.Equal(0, Charged);
    }

    /// <summary>Whatever has no mailbox of ours may never say that it has taken something.</summary>
    [Fact]
    public async Task ProcessWithoutAMailboxOfOurs_IsChargedNothing()
    {
        await using var system = new ActorSystem();
        var early = system.Root.Spawn(Props.FromFunc(_ => Task.CompletedTask));

        Post(system.ProcessRegistry.Get(early), early);
        Post(_system.DeadLetterPid);

        Assert.Equal(0, Charged);
    }

    [Fact]
    public async Task MessagesOfThisNode_AreChargedToNobody()
    {
        var pid = await ClosedAsync("unbounded");
        Post(pid);
        var process = _system.ProcessRegistry.Get(pid);
        for (var i = 0; i < Count; i++)
        {
            ProtoActorInternals.SendSystemMessage(process, pid, new Watch(new PID(ActorSystem.NoHost, "own")));
        }

        Assert.Equal(Count * ControlOrigin.MessageBytes, Charged);
        _actor.Open();
        await ReturnedAsync();
        await _system.Root.RequestAsync<string>(pid, "ping", TestTime.Ceiling);
        Assert.Equal(0, Charged);
    }

    [Fact]
    public void MailboxThatThrows_IsChargedNothing()
    {
        var mailbox = new TrackedMailbox(new ThrowingMailbox());
        using var post = _origin.Post();

        Assert.Throws<InvalidOperationException>(() => mailbox.PostSystemMessage(new Unwatch()));

        Assert.Equal(0, Charged);
    }

    private async Task<PID> ClosedAsync(string mailbox)
    {
        var props = Props.FromProducer(() => _actor);
        var pid = _system.Root.Spawn(mailbox == "default" ? props : props.WithMailbox(() => Make(mailbox)));
        await _actor.CloseAsync(_system, pid);
        return pid;
    }

    private static IMailbox Make(string mailbox) => mailbox switch
    {
        "bounded" => BoundedMailbox.Create(5),
        "batching" => new BatchingMailbox(10),
        "swallows" => new SwallowingMailbox(),
        "tells nothing" => new SilentMailbox(),
        _ => UnboundedMailbox.Create(),
    };

    private void Post(PID pid) => Post(_system.ProcessRegistry.Get(pid), pid);

    private void Post(Process process, PID pid)
    {
        using var post = _origin.Post();
        for (var i = 0; i < Count; i++)
        {
            ProtoActorInternals.SendSystemMessage(process, pid, new Unwatch { Watcher = new PID(ActorSystem.NoHost, "peer's") });
        }
    }

    private async Task ReturnedAsync()
    {
        using var timeout = new CancellationTokenSource(TestTime.Ceiling);
        while (Charged != 0)
        {
            Assert.False(timeout.IsCancellationRequested, $"Waited {TestTime.Ceiling} for all of the charge; {Charged} bytes are left.");
            await Task.Yield();
        }
    }

    /// <summary>Stands still from its first message to Open or Fail.</summary>
    private sealed class GatedActor : IActor
    {
        private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task CloseAsync(ActorSystem system, PID pid)
        {
            system.Root.Send(pid, this);
            return _closed.Task.Within("the actor to stand still");
        }

        public void Open() => _opened.SetResult();

        public void Fail() => _opened.SetException(new InvalidOperationException("thrown on purpose"));

        public async Task ReceiveAsync(IContext context)
        {
            foreach (var message in context.Message is MessageBatch batch ? batch.Messages : [context.Message!])
            {
                switch (MessageEnvelope.UnwrapMessage(message))
                {
                    case GatedActor:
                        _closed.TrySetResult();
                        await _opened.Task;
                        break;
                    case string:
                        context.Send(MessageEnvelope.UnwrapSender(message) ?? context.Sender!, "pong");
                        break;
                }
            }
        }
    }

    /// <summary>Loses what a peer wants to watch no longer.</summary>
    private sealed class SwallowingMailbox : IMailbox
    {
        private readonly IMailbox _inner = UnboundedMailbox.Create();

        public int UserMessageCount => _inner.UserMessageCount;

        public void PostUserMessage(object msg) => _inner.PostUserMessage(msg);

        public void PostSystemMessage(object msg)
        {
            if (msg is not Unwatch)
            {
                _inner.PostSystemMessage(msg);
            }
        }

        public void RegisterHandlers(IMessageInvoker invoker, IDispatcher dispatcher) => _inner.RegisterHandlers(invoker, dispatcher);

        public void Start() => _inner.Start();
    }

    private sealed class SilentMailbox : IMailbox
    {
        private readonly Lock _gate = new();
        private IMessageInvoker _invoker = null!;
        private Task _last = Task.CompletedTask;

        public int UserMessageCount => 0;

        public void PostUserMessage(object msg) => Then(() => _invoker.InvokeUserMessageAsync(msg));

        public void PostSystemMessage(object msg)
        {
            if (msg is not Unwatch)
            {
                Then(() => _invoker.InvokeSystemMessageAsync((SystemMessage)msg));
            }
        }

        public void RegisterHandlers(IMessageInvoker invoker, IDispatcher dispatcher) => _invoker = invoker;

        public void Start()
        {
        }

        private void Then(Func<Task> turn)
        {
            lock (_gate)
            {
                _last = NextAsync(_last);
            }

            async Task NextAsync(Task before)
            {
                await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
                await turn();
            }
        }
    }

    private sealed class ThrowingMailbox : IMailbox
    {
        public int UserMessageCount => 0;

        public void PostUserMessage(object msg) => throw new InvalidOperationException("thrown on purpose");

        public void PostSystemMessage(object msg) => throw new InvalidOperationException("thrown on purpose");

        public void RegisterHandlers(IMessageInvoker invoker, IDispatcher dispatcher)
        {
        }

        public void Start()
        {
        }
    }
}
