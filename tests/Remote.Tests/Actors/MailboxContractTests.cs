using Proto;
using Proto.Mailbox;

namespace Remote.Tests;

/// <summary>What Proto.Actor promises of its default mailbox, on that one and on ours.</summary>
[Trait("Behaviour", "I-04")]
public sealed class MailboxContractTests
{
    private const string Stock = "Proto.Actor's";
    private const string Ours = "Remote's";

    public static TheoryData<string> Kinds => [Stock, Ours];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Turn_SystemMessagesGoFirst_UserMessagesInOrder(string kind)
    {
        var (mailbox, actor, dispatcher) = Start(kind, throughput: 10);
        mailbox.PostUserMessage("a");
        mailbox.PostUserMessage("b");
        mailbox.PostSystemMessage(Stopped.Instance);

        await dispatcher.RunAsync();

        Assert.Equal([Started.Instance, Stopped.Instance, "a", "b"], actor.Invoked);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Turn_SystemMessagePostedMeanwhile_GoesBeforeTheNextUserMessage(string kind)
    {
        IMailbox? posted = null;
        var (mailbox, actor, dispatcher) = Start(kind, throughput: 10, message =>
        {
            if (message is "a")
            {
                posted!.PostSystemMessage(Stopping.Instance);
            }

            return Task.CompletedTask;
        });
        posted = mailbox;
        mailbox.PostUserMessage("a");
        mailbox.PostUserMessage("b");

        await dispatcher.RunAsync();

        Assert.Equal([Started.Instance, "a", Stopping.Instance, "b"], actor.Invoked);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Turn_TakesAsManyAsTheDispatcherAllows(string kind)
    {
        var (mailbox, actor, dispatcher) = Start(kind, throughput: 3);
        await dispatcher.RunAsync();
        for (var i = 0; i < 7; i++)
        {
            mailbox.PostUserMessage(i);
        }

        var taken = new List<int>();
        while (dispatcher.Waiting > 0)
        {
            var before = actor.Invoked.Count;
            await dispatcher.StepAsync();
            taken.Add(actor.Invoked.Count - before);
        }

        Assert.Equal([3, 3, 1], taken);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Suspend_UserMessagesWait_SystemMessagesDoNot_UntilResume(string kind)
    {
        var (mailbox, actor, dispatcher) = Start(kind, throughput: 10);
        mailbox.PostSystemMessage(SuspendMailbox.Instance);
        mailbox.PostUserMessage("a");
        mailbox.PostSystemMessage(Stopping.Instance);
        await dispatcher.RunAsync();
        Assert.Equal([Started.Instance, SuspendMailbox.Instance, Stopping.Instance], actor.Invoked);
        Assert.Equal(1, mailbox.UserMessageCount);

        mailbox.PostSystemMessage(ResumeMailbox.Instance);
        await dispatcher.RunAsync();

        Assert.Equal("a", actor.Invoked[^1]);
        Assert.Equal(0, mailbox.UserMessageCount);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Failure_IsEscalatedWithItsMessage_AndTheNextMessageFollows(string kind)
    {
        var fault = new InvalidOperationException("thrown on purpose");
        var (mailbox, actor, dispatcher) = Start(kind, throughput: 10, async message =>
        {
            if (message is "asynchronous")
            {
                await Task.Yield();
            }

            if (message is not SystemMessage and not "b")
            {
                throw fault;
            }
        });
        mailbox.PostUserMessage("synchronous");
        mailbox.PostUserMessage("asynchronous");
        mailbox.PostUserMessage("b");

        await dispatcher.RunAsync();

        Assert.Equal<(Exception, object?)>([(fault, "synchronous"), (fault, "asynchronous")], actor.Failures);
        Assert.Equal("b", actor.Invoked[^1]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Await_TheNextMessageWaits(string kind)
    {
        var gate = new TaskCompletionSource();
        var (mailbox, actor, dispatcher) = Start(kind, throughput: 10, message => message is "a" ? gate.Task : Task.CompletedTask);
        mailbox.PostUserMessage("a");
        mailbox.PostUserMessage("b");

        var turn = dispatcher.StepAsync();
        mailbox.PostUserMessage("c");

        Assert.False(turn.IsCompleted);
        Assert.Equal(0, dispatcher.Waiting);
        Assert.Equal([Started.Instance, "a"], actor.Invoked);
        gate.SetResult();
        await turn.Within("the turn");
        await dispatcher.RunAsync();
        Assert.Equal([Started.Instance, "a", "b", "c"], actor.Invoked);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Stop_CancelsTheHandlerThatRuns(string kind)
    {
        var (mailbox, actor, dispatcher) = Start(kind, throughput: 10, message => message is "a" ? Task.Delay(Timeout.Infinite) : Task.CompletedTask);
        await dispatcher.RunAsync();

        mailbox.PostSystemMessage(Stop.Instance);

        Assert.True(actor.CancellationTokenSource.IsCancellationRequested);
    }

    [Fact]
    public async Task Statistics_HearTheSameInTheSameOrder()
    {
        var heard = new List<List<string>>();
        foreach (var kind in Kinds)
        {
            var statistics = new RecordedStatistics();
            var (mailbox, _, dispatcher) = Start(kind, throughput: 2, Script, statistics);
            await dispatcher.RunAsync();
            mailbox.PostUserMessage("a");
            mailbox.PostUserMessage("fails");
            mailbox.PostUserMessage("waits");
            mailbox.PostUserMessage(new Batch("x", "y"));
            mailbox.PostUserMessage(new AnsweringBatch("z"));
            mailbox.PostUserMessage(new MessageEnvelope(new Batch("enveloped"), null!));
            mailbox.PostSystemMessage(Stopping.Instance);
            await dispatcher.RunAsync();
            heard.Add(statistics.Calls);
        }

        Assert.Equal(heard[0], heard[1]);

        static async Task Script(object message)
        {
            if (message is "waits")
            {
                await Task.Yield();
            }

            if (message is "fails")
            {
                throw new InvalidOperationException("thrown on purpose");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Batch_ItsContentIsTaken_AndItselfOnlyWhenItAnswers(string kind)
    {
        var (mailbox, actor, dispatcher) = Start(kind, throughput: 10);
        var answering = new AnsweringBatch("c");
        mailbox.PostUserMessage(new Batch("a", "b"));
        mailbox.PostUserMessage(answering);

        await dispatcher.RunAsync();

        Assert.Equal([Started.Instance, "a", "b", "c", answering], actor.Invoked);
    }

    /// <summary>In the queue it would stand for a message that is still being written, for which every turn would wait.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Batch_WithNothingInOneOfItsPlaces_CostsNothingElse(string kind)
    {
        var (mailbox, actor, dispatcher) = Start(kind, throughput: 10);
        mailbox.PostUserMessage(new Batch("a", null!, "b"));
        mailbox.PostUserMessage("c");

        // Proto.Actor's own mailbox ends its turn there, and goes on with the next one.
        for (var turn = 0; turn < 10 && dispatcher.Waiting > 0; turn++)
        {
            await dispatcher.StepAsync();
        }

        mailbox.PostUserMessage("d");
        await dispatcher.RunAsync();
        Assert.Equal(["a", "b", "c", "d"], actor.Invoked.Where(static message => message is string));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ManySenders_EachInItsOrder_NothingLostOrTwice(string kind)
    {
        const int senders = 4;
        var count = TestScale.Count(400_000);
        var next = new int[senders];
        var left = senders * count;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mailbox = Create(kind, []);
        var actor = new OrderCheckingActor(next, () =>
        {
            if (--left == 0)
            {
                done.SetResult();
            }
        });
        mailbox.RegisterHandlers(actor, Dispatchers.DefaultDispatcher);
        mailbox.PostSystemMessage(Started.Instance);
        mailbox.Start();

        await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < count; i++)
            {
                mailbox.PostUserMessage((sender, i));
            }
        }))).Within("the senders");

        await done.Task.Within("every message");
        Assert.Null(actor.Fault);
        Assert.All(next, taken => Assert.Equal(count, taken));
    }

    private static (IMailbox Mailbox, ScriptedInvoker Actor, StepDispatcher Dispatcher) Start(
        string kind, int throughput, Func<object, Task>? script = null, params IMailboxStatistics[] statistics)
    {
        var mailbox = Create(kind, statistics);
        var actor = new ScriptedInvoker { Script = script };
        var dispatcher = new StepDispatcher(throughput);
        mailbox.RegisterHandlers(actor, dispatcher);
        mailbox.PostSystemMessage(Started.Instance);
        mailbox.Start();
        return (mailbox, actor, dispatcher);
    }

    private static IMailbox Create(string kind, IMailboxStatistics[] statistics) =>
        kind == Stock ? UnboundedMailbox.Create(statistics) : new RemoteMailbox(statistics);

    private record Batch(params object[] Messages) : IMessageBatch
    {
        public IReadOnlyCollection<object> GetMessages() => Messages;

        public override string ToString() => "batch";
    }

    private sealed record AnsweringBatch(params object[] Messages) : Batch(Messages), IAutoRespond
    {
        public object GetAutoResponse(IContext context) => "answer";

        public override string ToString() => "answering batch";
    }

    private sealed class OrderCheckingActor(int[] next, Action taken) : IMessageInvoker
    {
        public CancellationTokenSource CancellationTokenSource { get; } = new();

        public string? Fault { get; private set; }

        public Task InvokeSystemMessageAsync(SystemMessage msg) => Task.CompletedTask;

        public Task InvokeUserMessageAsync(object msg)
        {
            var (sender, number) = ((int, int))msg;
            if (next[sender]++ != number)
            {
                Fault ??= $"sender {sender}: {number} after {next[sender] - 2}";
            }

            taken();
            return Task.CompletedTask;
        }

        public void EscalateFailure(Exception reason, object? message) => Fault ??= reason.ToString();
    }
}
