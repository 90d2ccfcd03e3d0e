using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// The word that a message came to nothing goes to its sender, whose mailbox may be bounded and full, and block whoever posts to it (design decision 4).
/// </summary>
[Trait("Behaviour", "I-07")]
public sealed class DeadLetterAnswerTests
{
    private static readonly PID Nowhere = new("peer:1", "nobody");

    [Fact]
    public async Task Answer_ToAFullMailboxThatBlocks_DoesNotHoldUpTheThreadThatGivesTheMessageUp()
    {
        await using var system = new ActorSystem();
        var deadLetters = NodeKit.PartsOf(system).Context.DeadLetters;
        var stands = NewSignal<bool>();
        var goesOn = NewSignal<bool>();
        var answer = NewSignal<DeadLetterResponse>();
        var sender = system.Root.Spawn(Props.FromFunc(async context =>
        {
            if (context.Message is "stand still")
            {
                stands.SetResult(true);
                await goesOn.Task;
            }
            else if (context.Message is DeadLetterResponse response)
            {
                answer.SetResult(response);
            }
        }).WithMailbox(() => BoundedMailbox.Create(1)));
        system.Root.Send(sender, "stand still");
        await stands.Task.Within("the actor");
        system.Root.Send(sender, "the mailbox is full");

        try
        {
            await Task.Run(() => deadLetters.Publish(Nowhere, "lost", sender, null, DeadLetterReason.NoSuchProcess)).Within("giving a message up");
        }
        finally
        {
            goesOn.SetResult(true);
        }

        Assert.Equal(DeadLetterReason.NoSuchProcess, (await answer.Task.Within("the answer")).GetReason());
    }

    /// <summary>A pill that did not come in says nothing of the actor that it was for; that its node has gone does.</summary>
    [Theory]
    [InlineData("NoSuchProcess", TerminatedReason.NotFound)]
    [InlineData("Stopped", TerminatedReason.Stopped)]
    [InlineData("Shutdown", TerminatedReason.Stopped)]
    [InlineData("EndpointClosed", TerminatedReason.AddressTerminated)]
    [InlineData("Quarantined", TerminatedReason.AddressTerminated)]
    [InlineData("IncarnationEnded", TerminatedReason.AddressTerminated)]
    [InlineData("Expired", null)]
    [InlineData("Forbidden", null)]
    [InlineData("QueueFull", null)]
    [InlineData("Shed", null)]
    [InlineData("DroppedOldest", null)]
    [InlineData("MailboxFull", null)]
    [InlineData("NotConnected", null)]
    public async Task Pill_IsAnsweredWithTheEndOfItsTarget_WhereThatHasEnded(string reason, TerminatedReason? end)
    {
        await using var system = new ActorSystem();
        var deadLetters = NodeKit.PartsOf(system).Context.DeadLetters;
        var answer = NewSignal<object>();
        var sender = system.Root.Spawn(Props.FromFunc(context =>
        {
            if (context.Message is DeadLetterResponse or Terminated)
            {
                answer.SetResult(context.Message);
            }

            return Task.CompletedTask;
        }));

        deadLetters.Publish(Nowhere, PoisonPill.Instance, sender, null, new DeadLetterReason(reason));

        var told = await answer.Task.Within("the answer");
        Assert.Equal(end, (told as Terminated)?.Why);
        Assert.Equal(end is null ? reason : null, (told as DeadLetterResponse)?.GetReason().Name);
    }

    /// <summary>The actor writes the lone message on its own thread, and would wait for its own mailbox.</summary>
    [Fact]
    public async Task Request_ThatCannotBeWritten_OfAnActorWhoseOwnMailboxIsFull()
    {
        await using var network = new InMemoryNetwork();
        await using var there = await TestNode.StartAsync(network: network);
        await using var here = await TestNode.StartAsync(network: network);

        // From then on nobody has the role of the writer: the next sender takes it.
        there.SpawnEcho();
        await here.AskAsync(there.Pid("echo"), "the connection");
        var asker = here.Root.SpawnNamed(
            here.Recorder("asker", context =>
            {
                if (context.Message is "ask")
                {
                    context.Send(context.Self, "the mailbox is full");
                    context.Request(there.Pid("nobody"), new Unwritable());
                }

                return Task.CompletedTask;
            }).WithMailbox(() => BoundedMailbox.Create(1)),
            "asker");

        here.Root.Send(asker, "ask");

        var answer = await here.Events.NextAsync<Receipt>(receipt => receipt.Message is DeadLetterResponse, expected: "the answer");
        Assert.Equal(DeadLetterReason.NotSerializable, ((DeadLetterResponse)answer.Message).GetReason());

        // The lane goes on.
        Assert.Equal("re:x", await here.AskAsync(there.Pid("echo"), "x"));
    }

    [Fact]
    public async Task Answer_ToAProcessThatThrows_IsADeadLetter()
    {
        await using var system = new ActorSystem();
        var context = NodeKit.PartsOf(system).Context;
        var sender = new PID(NodeKit.Address, "broken");
        system.ProcessRegistry.TryAdd(sender.Id, new BrokenProcess(system));
        var letters = new List<RemoteDeadLetterEvent>();
        system.EventStream.Subscribe<RemoteDeadLetterEvent>(letters.Add);

        context.DeadLetters.Publish(Nowhere, "lost", sender, null, DeadLetterReason.NoSuchProcess);

        await context.Events.WhenIdleAsync().Within("the events");
        Assert.Equal([(Nowhere, DeadLetterReason.NoSuchProcess), (sender, DeadLetterReason.MailboxFull)], letters.Select(letter => (letter.Pid, letter.Reason)));
    }

    /// <summary>Proto.Actor would run the handlers of its event on the thread that gives the message up.</summary>
    [Fact]
    public async Task Answer_ToASenderThatHasGone_RunsNoHandlerOnTheThreadThatGivesTheMessageUp()
    {
        await using var system = new ActorSystem();
        var context = NodeKit.PartsOf(system).Context;
        var gone = new PID(NodeKit.Address, "gone");
        var goesOn = NewSignal<bool>();
        var letters = new List<DeadLetterEvent>();
        system.EventStream.Subscribe<DeadLetterEvent>(letter =>
        {
            goesOn.Task.Within("the end of giving up").GetAwaiter().GetResult();
            letters.Add(letter);
        });

        await Task.Run(() => context.DeadLetters.Publish(Nowhere, "lost", gone, null, DeadLetterReason.NoSuchProcess)).Within("giving a message up");

        goesOn.SetResult(true);
        await context.Events.WhenIdleAsync().Within("the events");
        Assert.Equal([(Nowhere, typeof(string)), (gone, typeof(DeadLetterResponse))], letters.Select(letter => (letter.Pid, letter.Message.GetType())));
    }

    private static TaskCompletionSource<T> NewSignal<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Unwritable
    {
        public Empty Value => throw new InvalidOperationException("broken on purpose");
    }
}
