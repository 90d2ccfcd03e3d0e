using System.Text;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Directory = Remote.Tests.Messages.Directory;
using MessagesReflection = Remote.Tests.Messages.MessagesReflection;

namespace Remote.Tests;

/// <summary>
/// Actors and requests from before the start: their PIDs have no address, and must not be written like that, for nobody could answer them
/// (design decision 2).
/// </summary>
[Trait("Behaviour", "I-06")]
public sealed class EarlyActorTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new() { RecordBytes = true };
    private readonly ActorSystem _system = new();
    private readonly EventProbe _received = new();
    private ReliableRemote _remote = null!;
    private TestNode _there = null!;
    private PID _early = null!;

    public async Task InitializeAsync()
    {
        _there = await TestNode.StartAsync(setup: setup => setup.AddMessages(MessagesReflection.Descriptor), network: _network);
        _there.SpawnEcho();
        var setup = new TestSetup().AddMessages(MessagesReflection.Descriptor);
        _remote = new ReliableRemote(_system, setup.ToConfig(), SendingBeforeStartTests.OptionsOn(_network));
        _early = _system.Root.SpawnNamed(Props.FromFunc(ReceiveAsync), "early");
    }

    public async Task DisposeAsync()
    {
        await _remote.ShutdownAsync().Within("shutting down");
        await _there.DisposeAsync();
        await _system.DisposeAsync();

        // Whatever the test did.
        Assert.All(Recorded(), text => Assert.DoesNotContain(ActorSystem.NoHost, text, StringComparison.OrdinalIgnoreCase));
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task Actor_AsSender_IsAnswered()
    {
        Assert.Equal(ActorSystem.NoHost, _early.Address);
        await _remote.StartAsync().Within("the start");

        _system.Root.Send(_early, "ask");

        Assert.Equal("re:hello", (await _received.NextAsync<StringValue>()).Value);
        Assert.Equal(new PID(_remote.Address, "early"), (await _there.NextReceiptAsync("echo")).Sender);
    }

    [Fact]
    public async Task Future_AsSender_IsAnswered()
    {
        using var future = _system.Root.GetFuture();
        Assert.Equal(ActorSystem.NoHost, future.Pid.Address);
        await _remote.StartAsync().Within("the start");

        _system.Root.Request(_there.Pid("echo"), new StringValue { Value = "hello" }, future.Pid);

        Assert.Equal("re:hello", ((StringValue)Proto.MessageEnvelope.UnwrapMessage(await future.Task.Within("the answer"))!).Value);
        Assert.Equal(_remote.Address, (await _there.NextReceiptAsync("echo")).Sender!.Address);
    }

    [Fact]
    public async Task Actor_AsWatcher_IsTold()
    {
        await _remote.StartAsync().Within("the start");
        _system.Root.Send(_early, "watch");
        _system.Root.Send(_early, "ask");
        await _received.NextAsync<StringValue>();

        await _there.Root.StopAsync(_there.Pid("echo")).Within("stopping the target");

        var ended = await _received.NextAsync<Terminated>();
        Assert.Equal((_there.Pid("echo"), TerminatedReason.Stopped), (ended.Who, ended.Why));
    }

    [Fact]
    public async Task Actor_AsWatcherThatThinksBetter_IsNotTold()
    {
        await _remote.StartAsync().Within("the start");
        Array.ForEach(["watch", "unwatch", "ask"], text => _system.Root.Send(_early, text));
        await _received.NextAsync<StringValue>();

        await _there.Root.StopAsync(_there.Pid("echo")).Within("stopping the target");

        await _system.Root.PoisonAsync(_early).Within("stopping the watcher");
        Assert.Empty(_received.Of<Terminated>());
    }

    [Fact]
    public async Task Actor_AsTarget_IsSeenToEnd()
    {
        await _remote.StartAsync().Within("the start");
        var watcher = WatchPair.SpawnWatcher(_there);
        var target = new PID(_remote.Address, "early");
        await WatchPair.WatchAsync(_there, watcher, target);
        _there.Root.Send(target, new StringValue { Value = "settled" });
        await _received.NextAsync<StringValue>();

        await _system.Root.StopAsync(_early).Within("stopping the target");

        var ended = await WatchPair.NextAsync(_there);
        Assert.Equal((target, TerminatedReason.Stopped), (ended.Who, ended.Why));
    }

    [Fact]
    public async Task Pid_InsideAMessage_IsReachable()
    {
        var carried = new TaskCompletionSource<PID>(TaskCreationOptions.RunContinuationsAsynchronously);
        _there.Spawn("reader", context =>
        {
            if (context.Message is Directory directory)
            {
                carried.TrySetResult(directory.Owner);
            }
        });
        await _remote.StartAsync().Within("the start");

        _system.Root.Send(_there.Pid("reader"), new Directory { Owner = _early.Clone() });

        var pid = await carried.Task.Within("the message");
        Assert.Equal(new PID(_remote.Address, "early"), pid);
        _there.Root.Send(pid, new StringValue { Value = "found" });
        Assert.Equal("found", (await _received.NextAsync<StringValue>()).Value);
    }

    [Fact]
    public async Task OnTheWire_EverySenderHasTheAddressOfTheNode()
    {
        await using var peer = await PlayedAcceptor.StartAsync();
        await using var system = new ActorSystem();
        await using var remote = new ReliableRemote(system, new TestSetup().ToConfig());
        using var future = system.Root.GetFuture();
        var early = system.Root.SpawnNamed(Props.FromFunc(_ => Task.CompletedTask), "early");
        await remote.StartAsync().Within("the start");

        system.Root.Request(peer.Pid("x"), new StringValue { Value = "1" }, future.Pid);
        system.Root.Request(peer.Pid("x"), new StringValue { Value = "2" }, early);
        system.Root.Request(peer.Pid("x"), new StringValue { Value = "3" }, new PID("", "early"));
        await peer.AcceptAsync();

        var senders = (await peer.TakeAsync(3)).SelectMany(batch => batch.Senders).ToArray();
        Assert.All(senders, sender => Assert.Equal(remote.Address, sender.Address));
        Assert.Contains(senders, sender => sender.Id == "early");
    }

    private IEnumerable<string> Recorded() => _network.Connections.SelectMany(connection =>
        new[] { NetworkDirection.ToServer, NetworkDirection.ToClient }.Select(way => Encoding.Latin1.GetString(connection.Recorded(way))));

    private Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case "ask":
                context.Request(_there.Pid("echo"), new StringValue { Value = "hello" });
                break;
            case "watch":
                context.Watch(_there.Pid("echo"));
                break;
            case "unwatch":
                context.Unwatch(_there.Pid("echo"));
                break;
            case StringValue or Terminated:
                _received.Record(context.Message);
                break;
        }

        return Task.CompletedTask;
    }
}
