using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A node and a peer on a network in memory, and what makes each event happen there.</summary>
internal sealed class EventScene : IAsyncDisposable
{
    private static readonly Dictionary<string, Func<EventScene, Task>> Causes = new()
    {
        [nameof(EndpointConnected)] = scene => scene.SendAsync(),
        [nameof(EndpointReconnecting)] = scene => scene.RefuseAsync(),
        [nameof(EndpointReconnected)] = scene => scene.ComeBackAsync(),
        [nameof(EndpointReconnectFailed)] = scene => scene.GiveUpAsync(),
        [nameof(EndpointTerminated)] = scene => scene.GiveUpAsync(),
        [nameof(EndpointTerminatedEvent)] = scene => scene.GiveUpAsync(),
        [nameof(EndpointUnconfirmed)] = scene => scene.LoseAsync(),
        [nameof(EndpointThrottled)] = scene => scene.FillAsync(),
        [nameof(EndpointBlocked)] = scene => scene.BlockAsync(),
        [nameof(EndpointUnblocked)] = scene => scene.BlockAsync(),
        [nameof(MemberBlocked)] = scene => scene.BlockAsync(),
        ["RemoteDeadLetterEvent of a sender"] = scene => scene.SendToNobodyAsync(),
        ["RemoteDeadLetterEvent of a loop"] = scene => scene.GiveUpAsync(),
    };

    public static TheoryData<string> Names => [.. Causes.Keys];

    private EventScene(InMemoryNetwork network, ManualTimeProvider time, TestNode node, TestNode peer)
    {
        (Network, Time, Node, Peer) = (network, time, node, peer);
    }

    public InMemoryNetwork Network { get; }

    /// <summary>The clock of the node. The peer has the real one.</summary>
    public ManualTimeProvider Time { get; }

    public TestNode Node { get; }

    public TestNode Peer { get; }

    public static async Task<EventScene> StartAsync()
    {
        var network = new InMemoryNetwork();
        var time = new ManualTimeProvider();
        var peer = await TestNode.StartAsync(network: network, at: "peer:8000");
        var node = await TestNode.StartAsync(
            options =>
            {
                (options.Reconnect.MaxAttempts, options.Reconnect.Jitter) = (1, 0);
                options.Endpoint.QueueCapacity = 100;
                options.PlainPeers = [peer.Address];
            },
            network: network,
            time: time);
        return new EventScene(network, time, node, peer);
    }

    /// <summary>Runs something when an event is handled for the first time, in the handler.</summary>
    /// <returns>Completes when the handler has returned, and fails when it has thrown.</returns>
    public Task On(string fact, Action<TestNode> act)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var times = 0;
        Node.ActorSystem.EventStream.Subscribe<object>(published =>
        {
            if (!Is(published, fact) || Interlocked.Increment(ref times) > 1)
            {
                return;
            }

            try
            {
                act(Node);
                ended.TrySetResult();
            }
            catch (Exception exception)
            {
                ended.TrySetException(exception);
                throw;
            }
        });
        return ended.Task;
    }

    public Task CauseAsync(string fact) => Causes[fact](this);

    public Task<object> NextAsync(string fact, Func<object, bool> predicate) =>
        Node.Events.NextAsync<object>(published => Is(published, fact) && predicate(published), expected: fact);

    /// <summary>A handler that is asked behind the others hears of it too.</summary>
    public Task HeardAsync(string fact) => NextAsync(fact, _ => true).Within(fact);

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await Peer.DisposeAsync();
        await Network.DisposeAsync();
    }

    private static bool Is(object published, string fact) => published.GetType().Name == fact.Split(' ')[0];

    private Task SendAsync()
    {
        Node.Root.Send(Peer.Pid("x"), new Empty());
        return Task.CompletedTask;
    }

    private async Task RefuseAsync()
    {
        Network.Refuse(Peer.Address);
        await SendAsync();
    }

    /// <summary>The only retry fails too.</summary>
    private async Task GiveUpAsync()
    {
        await RefuseAsync();
        await Time.WaitForTimerAsync(new ReconnectOptions().InitialDelay);
        Time.Advance(new ReconnectOptions().InitialDelay);
    }

    private async Task LoseAsync()
    {
        Peer.Spawn("x");
        await SendAsync();
        await Peer.NextReceiptAsync("x");
        Network.Cut(Peer.Address);
    }

    private async Task ComeBackAsync()
    {
        await LoseAsync();
        await Node.Events.NextAsync<EndpointReconnecting>();
        await Time.WaitForTimerAsync(new ReconnectOptions().InitialDelay);
        Time.Advance(new ReconnectOptions().InitialDelay);
    }

    private Task FillAsync()
    {
        Network.BlackHole(Peer.Address);
        for (var sent = 0; sent < 100; sent++)
        {
            Node.Root.Send(Peer.Pid("x"), new Empty());
        }

        return Task.CompletedTask;
    }

    private Task BlockAsync() => Task.Run(() =>
    {
        Node.Remote.PeerBlockList.BlockSystem("somebody");
        Node.Remote.PeerBlockList.UnblockSystem("somebody");
    });

    // Its handler runs inside of the send, and may take its time.
    private Task SendToNobodyAsync() => Task.Run(() => Node.Root.Send(PID.FromAddress("nonsense", "x"), new Empty()));
}
