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
        var retired = NewEndpoint(_ => successor);
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

    private static void Close(Endpoint endpoint) =>
        endpoint.Close(EndpointTerminatedReason.ControlOverflow, DeadLetterReason.ControlOverflow, TimeSpan.Zero);

    /// <summary>One that is never dialled.</summary>
    private Endpoint NewEndpoint(Func<Endpoint, Endpoint?>? findNext = null) =>
        new(_parts.Context, _parts.Links, _parts.Table.Record(Address), start: static _ => { }, resumes: false) { FindNext = findNext ?? (static _ => null) };

    private sealed class RecordingProcess(ActorSystem system) : Process(system)
    {
        public ConcurrentQueue<object> Seen { get; } = [];

        protected override void SendUserMessage(PID pid, object message) => Seen.Enqueue(message);

        protected override void SendSystemMessage(PID pid, SystemMessage message) => Seen.Enqueue(message);
    }
}
