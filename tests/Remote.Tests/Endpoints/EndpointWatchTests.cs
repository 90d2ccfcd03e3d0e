using System.Collections.Concurrent;
using Proto;
using Proto.Mailbox;

namespace Remote.Tests.Endpoints;

/// <summary>Each watch is answered once, and an end of it goes where the watch went.</summary>
[Trait("Behaviour", "W-01")]
public sealed class EndpointWatchTests : DisposedAfterTest
{
    private const string Address = "peer:1";

    private static readonly PID Target = new(Address, "target");
    private static readonly PID Watcher = new(NodeKit.Address, "watcher");
    private static readonly PID BrokenWatcher = new(NodeKit.Address, "broken");

    private readonly ActorSystem _system = new();
    private readonly NodeParts _parts;
    private readonly RecordingProcess _watcher;

    public EndpointWatchTests()
    {
        _parts = NodeKit.PartsOf(_system);
        _watcher = new RecordingProcess(_system);
        _system.ProcessRegistry.TryAdd(Watcher.Id, _watcher);
        _system.ProcessRegistry.TryAdd(BrokenWatcher.Id, new BrokenProcess(_system));
    }

    public override ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public void Unwatch_AtAnEndpointThatWasRetired_EndsTheWatchAtItsSuccessor()
    {
        var successor = NewEndpoint();
        var retired = NewEndpoint(successor);
        Assert.True(retired.TryRetire());
        retired.Watch(Watcher, Target, new Watch(Watcher));
        Assert.Equal((0, 1), (retired.WatchCount, successor.WatchCount));

        retired.Unwatch(Watcher, Target, new Unwatch(Watcher));

        Assert.Equal((0, 0), (retired.WatchCount, successor.WatchCount));
    }

    [Fact]
    [Trait("Behaviour", "B-02")]
    public void Watch_TheControlLaneIsFull_IsAnsweredOnce()
    {
        var endpoint = NewEndpoint();
        var overflows = 0;
        endpoint.ControlOverflowed = () => overflows++;
        for (var i = 0; i < Endpoint.ControlCapacity; i++)
        {
            endpoint.PostControl(new RemoteDelivery(Target, new Unwatch(Watcher)));
        }

        endpoint.Watch(Watcher, Target, new Watch(Watcher));
        Assert.Equal(1, overflows);
        Close(endpoint);

        var told = Assert.IsType<Terminated>(Assert.Single(_watcher.Seen));
        Assert.Equal((Target, TerminatedReason.AddressTerminated), (told.Who, told.Why));
        Assert.Equal(0, endpoint.WatchCount);
    }

    [Fact]
    public void Close_TheMailboxOfAWatcherThrows_TheOthersAreTold()
    {
        var endpoint = NewEndpoint();
        endpoint.Watch(BrokenWatcher, Target, new Watch(BrokenWatcher));
        endpoint.Watch(Watcher, Target, new Watch(Watcher));
        endpoint.Watch(BrokenWatcher, new PID(Address, "other"), new Watch(BrokenWatcher));

        Close(endpoint);

        Assert.IsType<Terminated>(Assert.Single(_watcher.Seen));
        Assert.Equal(2, _parts.Context.DeadLetters.Counts.Snapshot().Sum(count => count.Value));
    }

    /// <summary>The two come together, and whichever is first: the watcher is told, now or when the endpoint ends.</summary>
    [Fact]
    public async Task Watch_WhileTheEndpointIsRetiredAndNothingFollows_IsAnsweredOnce()
    {
        using var together = new Barrier(2);
        Endpoint endpoint = null!;
        var (rounds, expected) = (TestScale.Count(20_000), 0);
        var watching = Task.Run(() =>
        {
            for (var round = 0; round < rounds; round++)
            {
                together.SignalAndWait();
                endpoint.Watch(Watcher, Target, new Watch(Watcher));
                together.SignalAndWait();
            }
        });
        for (var round = 0; round < rounds; round++)
        {
            endpoint = NewEndpoint();
            together.SignalAndWait();

            // The moment in which one overtakes the other is short, and not always as far from the start.
            Thread.SpinWait(round % 64);
            endpoint.TryRetire();
            together.SignalAndWait();
            Close(endpoint);
            Assert.Equal(++expected, _watcher.Seen.Count);
        }

        await watching.Within("the other thread");
    }

    /// <summary>A cut of both streams that heals is heard of up to three times, and nobody drains the lane before the last.</summary>
    [Fact]
    [Trait("Behaviour", "W-02")]
    public void Losses_MoreWatchesThanFitIntoTheLaneTwice_EndNothing()
    {
        const int Watches = (Endpoint.ControlCapacity / 2) + 1;
        var endpoint = NewEndpoint();
        endpoint.ControlOverflowed = () => Assert.Fail("The lane is full.");
        for (var i = 0; i < Watches; i++)
        {
            endpoint.Watch(Watcher, new PID(Address, $"target{i}"), new Watch(Watcher));
        }

        endpoint.SetState(EndpointState.Backoff);
        endpoint.InboundLost();
        endpoint.InboundAccepted();
        Assert.Equal(Watches, endpoint.Snapshot().ControlQueueLength);

        endpoint.SetState(EndpointState.Connected);
        endpoint.ReissueWatches();
        endpoint.InboundLost();
        endpoint.InboundAccepted();
        Assert.Equal(2 * Watches, endpoint.Snapshot().ControlQueueLength);
        Assert.Empty(_watcher.Seen);
    }

    [Fact]
    [Trait("Behaviour", "W-02")]
    public void InboundLost_WhileConnected_IssuesTheWatchesAgain_AndWithTheNextStreamOnce()
    {
        var endpoint = NewEndpoint();
        endpoint.SetState(EndpointState.Connected);
        endpoint.Watch(Watcher, Target, new Watch(Watcher));
        endpoint.InboundAccepted();
        Assert.Equal(1, endpoint.Snapshot().ControlQueueLength);

        var before = endpoint.Activity;
        endpoint.InboundLost();
        endpoint.InboundAccepted();
        endpoint.InboundAccepted();

        Assert.Equal(2, endpoint.Activity - before);
        Assert.Equal(2, endpoint.Snapshot().ControlQueueLength);
    }

    private static void Close(Endpoint endpoint) =>
        endpoint.Close(EndpointTerminatedReason.ControlOverflow, DeadLetterReason.ControlOverflow, TimeSpan.Zero);

    /// <summary>One that is never dialled.</summary>
    private Endpoint NewEndpoint(Endpoint? successor = null) =>
        new(_parts.Context, _parts.Links, _parts.Table.Record(Address), start: static _ => { }, resumes: false)
        {
            FindNext = (Endpoint _, out DeadLetterReason refusal) =>
            {
                refusal = DeadLetterReason.Forbidden;
                return successor;
            },
        };

    private sealed class RecordingProcess(ActorSystem system) : Process(system)
    {
        public ConcurrentQueue<object> Seen { get; } = [];

        protected override void SendUserMessage(PID pid, object message) => Seen.Enqueue(message);

        protected override void SendSystemMessage(PID pid, SystemMessage message) => Seen.Enqueue(message);
    }
}
