using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// Handlers of dead letters that send to where nothing arrives: each dead letter causes the next, and no stack may grow with them (design
/// decision 8).
/// </summary>
[Trait("Behaviour", "I-07")]
public sealed class DeadLetterRecursionTests
{
    private const int Rounds = 20_000;
    // A new one each time: a PID keeps the process that its first sender found.
    private static PID NoAddress => PID.FromAddress("nonsense", "x");

    [Fact]
    public async Task Send_ToAnAddressThatIsNone_OnTheSendersThread()
    {
        await using var node = await TestNode.StartAsync();
        var echo = new DeadLetterEcho(node, NoAddress);

        node.Root.Send(NoAddress, new Empty());

        await echo.VerifyAsync();
    }

    [Fact]
    public async Task Send_OfAnActor_OnItsTurn()
    {
        await using var node = await TestNode.StartAsync();
        var echo = new DeadLetterEcho(node, NoAddress);
        node.Root.Send(node.Spawn("sender", context => context.Send(NoAddress, new Empty())), "go");

        await echo.VerifyAsync();
    }

    [Fact]
    public async Task Send_ThatAwaits_OnTheSendersThread()
    {
        await using var node = await TestNode.StartAsync();
        var echo = new DeadLetterEcho(node, NoAddress, awaits: true);

        await Assert.ThrowsAsync<RemoteException>(() => node.Root.SendAsync(NoAddress, new Empty()).AsTask().Within("the send"));

        await echo.VerifyAsync();
    }

    [Fact]
    public async Task Request_WhoseRefusalIsADeadLetterToo()
    {
        await using var node = await TestNode.StartAsync();
        var echo = new DeadLetterEcho(node, NoAddress, sender: NoAddress);

        node.Root.Request(NoAddress, new Empty(), NoAddress);

        await echo.VerifyAsync();
    }

    [Fact]
    public async Task Lane_ThatIsFull()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.Endpoint.QueueCapacity = 1, network: network);
        var peer = PID.FromAddress("peer:8000", "x");
        network.BlackHole(peer.Address);
        var echo = new DeadLetterEcho(node, peer);
        node.Root.Send(peer, new Empty());

        node.Root.Send(peer, new Empty());

        await echo.VerifyAsync();
    }

    [Fact]
    public async Task Endpoint_ThatCloses_OnItsLoop()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.QuarantineDuration = TimeSpan.FromHours(1), network: network);
        var peer = PID.FromAddress("peer:8000", "x");
        network.BlackHole(peer.Address);
        var echo = new DeadLetterEcho(node, peer);
        for (var waiting = 0; waiting < 100; waiting++)
        {
            node.Root.Send(peer, new Empty());
        }

        node.Remote.PeerBlockList.BlockAddress(peer.Address);

        await echo.VerifyAsync();
    }

    [Fact]
    public async Task Message_FromAPeerToNobody_OnTheReader()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(network: network);
        await using var peer = await TestNode.StartAsync(network: network);
        var echo = new DeadLetterEcho(node, NoAddress);

        peer.Root.Send(node.Pid("nobody"), new Empty());

        await echo.VerifyAsync();
    }

    [Fact]
    public async Task BeforeTheStart()
    {
        await using var system = new ActorSystem();
        await using var remote = new ReliableRemote(system, new TestSetup().ToConfig());
        var echo = new DeadLetterEcho(system, PID.FromAddress("peer:8000", "x"));

        system.Root.Send(PID.FromAddress("peer:8000", "x"), new Empty());

        await echo.VerifyAsync();
    }

    /// <summary>Answers each dead letter with a message that becomes one, so many times, and measures how deep its stack is.</summary>
    private sealed class DeadLetterEcho
    {
        // Far above what is ever needed, and low enough that the test fails instead of the process.
        private const int Deep = 400;

        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly PID _target;
        private readonly PID? _sender;
        private readonly bool _awaits;
        private int _count;
        private int _deepest;
        private int _nested;

        [ThreadStatic]
        private static int _inside;

        public DeadLetterEcho(TestNode node, PID target, bool awaits = false, PID? sender = null)
            : this(node.ActorSystem, target, awaits, sender)
        {
        }

        public DeadLetterEcho(ActorSystem system, PID target, bool awaits = false, PID? sender = null)
        {
            (_target, _awaits, _sender) = (target, awaits, sender);
            system.EventStream.Subscribe<RemoteDeadLetterEvent>(_ => Handle(system.Root));
        }

        public async Task VerifyAsync()
        {
            await _done.Task.Within($"{Rounds} dead letters");
            Assert.InRange(_deepest, 1, Deep);
            Assert.Equal(0, _nested);
        }

        private void Handle(IRootContext root)
        {
            var count = Interlocked.Increment(ref _count);
            Volatile.Write(ref _nested, _nested + _inside);
            if (count % 50 == 1)
            {
                _deepest = Math.Max(_deepest, new StackTrace(fNeedFileInfo: false).FrameCount);
            }

            if (count >= Rounds || _deepest > Deep)
            {
                _done.TrySetResult();
                return;
            }

            _inside++;
            Send(root);
            _inside--;
        }

        private void Send(IRootContext root)
        {
            if (_awaits)
            {
                Assert.NotNull(root.SendAsync(_target, new Empty()).AsTask().Exception);
            }
            else if (_sender is not null)
            {
                root.Request(_target, new Empty(), _sender);
            }
            else
            {
                root.Send(_target, new Empty());
            }
        }
    }
}
