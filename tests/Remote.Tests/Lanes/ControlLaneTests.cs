using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What a peer sees of a full lane: control first, although it was issued last.</summary>
public sealed class ControlLaneTests
{
    /// <summary>User messages that the writer holds already wait for room all the same: control has batches of its own, and they may not fill those.</summary>
    [Fact]
    [Trait("Behaviour", "R-05")]
    public async Task Control_WhileAsMuchIsRetainedAsMayBe_TakesNoUserMessagesAlong()
    {
        var credit = new LinkCredit(1000, 1_000_000);
        await using var scene = new PriorityScene(credit: credit, link: new LinkOptions { MaxRetainedBatches = 1 });
        scene.PostControl().Post([.. Enumerable.Range(1, 100).Select(number => PriorityScene.Tell(number))]);
        Assert.Equal([$"1: actor.Watch {string.Join(' ', Enumerable.Range(1, 99))}"], scene.Write());

        Assert.Equal(["2: actor.Watch"], scene.PostControl().Write());

        scene.Acknowledge(2, credit);
        Assert.Equal(["3: 100"], scene.Write());
    }

    [Fact]
    [Trait("Behaviour", "B-02")]
    public async Task FullLane_EveryKindOfControl_ArrivesBeforeTheMessagesInTheLane()
    {
        await using var node = await TestNode.StartAsync(options => (options.Endpoint.QueueCapacity, options.Endpoint.BatchSize) = (100, 10));
        await using var peer = await PlayedAcceptor.StartAsync();
        for (var i = 0; i < 101; i++)
        {
            node.Root.Send(peer.Pid("sink"), new Int32Value { Value = i });
        }

        Assert.Equal(DeadLetterReason.QueueFull, Assert.Single(await node.PublishedAsync<RemoteDeadLetterEvent>()).Reason);
        var watcher = node.Pid("watcher");
        SystemMessage[] control = [new Watch(watcher), new Unwatch(watcher), Stop.Instance, Terminated.From(watcher, TerminatedReason.Stopped)];
        foreach (var message in control)
        {
            // A Watch and its Unwatch through the process, as an actor would send them.
            node.SendSystem(peer.Pid("target"), message);
        }

        await peer.AcceptAsync();
        var batches = await peer.TakeAsync(104);

        var types = batches.SelectMany(TypesOf).ToArray();
        Assert.Equal(["actor.Watch", "actor.Unwatch", "actor.Stop", "actor.Terminated"], types.Take(4));
        Assert.All(types.Skip(4), type => Assert.Equal("google.protobuf.Int32Value", type));
        var numbers = batches.SelectMany(batch => batch.Envelopes.Where(envelope => batch.TypeNames[envelope.TypeId] == "google.protobuf.Int32Value"));
        Assert.Equal(Enumerable.Range(0, 100), numbers.Select(envelope => Int32Value.Parser.ParseFrom(envelope.MessageData).Value));
    }

    private static IEnumerable<string> TypesOf(Wire.MessageBatch batch) => batch.Envelopes.Select(envelope => batch.TypeNames[envelope.TypeId]);
}
