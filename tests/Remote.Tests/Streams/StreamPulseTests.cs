using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The heartbeat of a real stream, in manual time: an interval of 4 s, looked at every second, and a timeout of 12 s.</summary>
[Trait("Behaviour", "R-06")]
public sealed class StreamPulseTests : IAsyncLifetime
{
    private static readonly PeerIdentity Peer = new("0123456789abcdef0123456789abcdef", "peer:1", IsClient: false);

    private readonly RemoteOptions _options = new()
    {
        Heartbeat = { Interval = TimeSpan.FromSeconds(4), Timeout = TimeSpan.FromSeconds(12) },
        Inbound = { MaxMessages = 1 },
    };

    private readonly ManualTimeProvider _time = new();
    private readonly ActorSystem _system = new();
    private readonly TaskCompletionSource<AcceptedCall> _accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CountingStream _written = new();
    private readonly FrameWriter _frames;
    private int _traffic;
    private PayloadReader _link = null!;
    private NodeListener _server = null!;
    private PeerChannel _client = null!;
    private AcceptedCall _call = null!;
    private DialledCall _peer = null!;

    public StreamPulseTests() => _frames = new FrameWriter(_written);

    /// <summary>Frames that were written, but for those of the test.</summary>
    private int Heartbeats => _written.Written - _traffic;

    public async Task InitializeAsync()
    {
        var sessions = NodeKit.PartsOf(_system, _options, new TestSetup { TimeProvider = _time }).Sessions;
        _link = sessions.ReaderOf(sessions.PeerOf(Peer, endpoint: null), inflow: null);
        _server = await PlayedCalls.ListenAsync(stream =>
        {
            _accepted.SetResult(stream);
            return _end.Task;
        });
        _client = PlayedCalls.Channel(_server.Address);
        _peer = _client.Receive();
        _call = await _accepted.Task.Within("our end of the call");
    }

    public async Task DisposeAsync()
    {
        _end.TrySetResult();
        _peer.Abort();
        await _client.DisposeAsync();
        await _server.DisposeAsync().AsTask().Within("the end of the peer");
        await _system.DisposeAsync();
    }

    [Fact]
    public async Task Silence_OfOurs_SendsAHeartbeatOncePerInterval()
    {
        using var pulse = Start();
        await StayAliveAsync(seconds: 3);
        Assert.Equal(0, Heartbeats);
        await StayAliveAsync(seconds: 1);
        Assert.Equal(1, Heartbeats);

        // From there the interval begins again.
        await StayAliveAsync(seconds: 3);
        Assert.Equal(1, Heartbeats);
        await StayAliveAsync(seconds: 1);
        Assert.Equal(2, Heartbeats);
    }

    [Fact]
    public async Task Traffic_OfOurs_NeedsNoHeartbeat()
    {
        using var pulse = Start();
        for (var i = 0; i < 10; i++)
        {
            await StayAliveAsync(seconds: 3);
            _traffic++;
            await _frames.WriteAsync(new byte[] { 1 });
        }

        Assert.Equal(0, Heartbeats);
    }

    [Fact]
    public async Task SomethingElseOfOurs_BetweenHeartbeats_TheIntervalCountsFromThere()
    {
        using var pulse = Start();
        await StayAliveAsync(seconds: 4);
        Assert.Equal(1, Heartbeats);
        await StayAliveAsync(seconds: 2);
        _traffic++;
        await _frames.WriteAsync(new byte[] { 1 });

        // Noticed a second later, and the interval after that the next one is due.
        await StayAliveAsync(seconds: 4);
        Assert.Equal(1, Heartbeats);
        await StayAliveAsync(seconds: 1);
        Assert.Equal(2, Heartbeats);
    }

    [Fact]
    public async Task Writer_HeldUp_IsAskedOncePerIntervalAndWritesOneHeartbeat()
    {
        using var pulse = Start();
        var mayGo = new TaskCompletionSource();
        _written.Held = mayGo.Task;
        await StayAliveAsync(seconds: 4);
        Assert.Equal(1, Heartbeats);

        // Asked at 8 s and at 12 s, while the first one is under way.
        await StayAliveAsync(seconds: 9);
        Assert.Equal(1, Heartbeats);
        _written.Held = Task.CompletedTask;
        mayGo.SetResult();

        Assert.True(SpinWait.SpinUntil(() => Heartbeats == 2, TestTime.Ceiling), "the heartbeat that was asked for meanwhile");
    }

    [Fact]
    public async Task Silence_OfThePeer_IsDeathAtTheTimeout()
    {
        using var pulse = Start();

        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.False(pulse.Dead.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        await pulse.Dead.Within("the peer is found dead");
    }

    [Fact]
    public async Task AnythingFromThePeer_IsASignOfLife()
    {
        using var pulse = Start();
        _time.Advance(TimeSpan.FromSeconds(11));
        await ReceiveAsync();

        // Noticed at 12 s.
        _time.Advance(TimeSpan.FromSeconds(12));
        Assert.False(pulse.Dead.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));

        await pulse.Dead.Within("the peer is found dead after its last sign of life");
    }

    [Fact]
    public async Task PeerWithoutHeartbeats_GetsNoneAndIsNeverDead()
    {
        using var pulse = Start(StreamCapabilities.None);
        await ReceiveAsync();

        _time.Advance(TimeSpan.FromDays(1));

        Assert.False(pulse.Dead.IsCompleted);
        Assert.Equal(0, Heartbeats);
    }

    [Fact]
    public void Disposed_NothingMoreHappens()
    {
        var pulse = Start();

        pulse.Dispose();
        _time.Advance(TimeSpan.FromDays(1));

        Assert.False(pulse.Dead.IsCompleted);
        Assert.Equal(0, Heartbeats);
        Assert.Empty(_time.ArmedTimers);
    }

    [Fact]
    public void TwoTicksAtOnce_AreOne()
    {
        using var pulse = Start();
        _written.DuringNext = () =>
        {
            // The clock goes on while the first tick is still at work: the next one finds it there.
            var other = new Thread(() => _time.Advance(TimeSpan.FromSeconds(1)));
            other.Start();
            Assert.True(other.Join(TestTime.Ceiling), "the second tick waits for the first");
        };

        _time.Advance(TimeSpan.FromSeconds(4));

        Assert.Equal(1, Heartbeats);
    }

    [Fact]
    public async Task HoldingBack_SilenceSaysNothingAboutThePeer()
    {
        var mayTake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var taken = new EventProbe();
        _system.Root.SpawnNamed(
            Props.FromFunc(async context =>
            {
                if (context.Message is Int32Value)
                {
                    await mayTake.Task;
                    taken.Record(context.Message);
                }
            }),
            "slow");
        using var stop = new CancellationTokenSource();
        var reading = _link.ReadAsync(_call.Reader, stop.Token);
        using var pulse = Start();

        // One is in the actor's hands, two wait, and one may.
        await _peer.WriteMessageAsync(Batch(3)).AsTask().Within("the peer's messages");
        Assert.True(SpinWait.SpinUntil(() => _link.IsHoldingBack, TestTime.Ceiling), "the stream is not read any more");
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.False(pulse.Dead.IsCompleted);

        // From where it is read again, silence counts.
        mayTake.SetResult();
        await taken.WaitForCountAsync<Int32Value>(3);
        Assert.True(SpinWait.SpinUntil(() => !_link.IsHoldingBack, TestTime.Ceiling), "the stream is read again");
        _time.Advance(TimeSpan.FromSeconds(13));
        await pulse.Dead.Within("the peer is found dead");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Within("the end of reading"));
    }

    private StreamPulse Start(StreamCapabilities capabilities = StreamCapabilities.Heartbeat) =>
        new(_time, _options.Heartbeat, capabilities, _call.Reader, _link, _frames);

    /// <summary>Time goes on, and the peer gives a sign of life each second.</summary>
    private async Task StayAliveAsync(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            await ReceiveAsync();
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private async Task ReceiveAsync()
    {
        await _peer.WriteAsync(Handshake.Heartbeat()).AsTask().Within("the peer's sign of life");
        Assert.True(await _call.Reader.ReadAsync().AsTask().Within("its arrival"));
    }

    private static Wire.RemoteMessage Batch(int count)
    {
        var batch = new Wire.MessageBatch { TypeNames = { "google.protobuf.Int32Value" }, Targets = { ByteString.CopyFromUtf8("slow") } };
        for (var i = 0; i < count; i++)
        {
            batch.Envelopes.Add(new Wire.MessageEnvelope { MessageData = new Int32Value { Value = i + 1 }.ToByteString() });
        }

        return new Wire.RemoteMessage { MessageBatch = batch };
    }

    /// <summary>Where the heartbeats go: a stream that only counts.</summary>
    private sealed class CountingStream : IGrpcStream
    {
        public int Written { get; private set; }

        public Action? DuringNext { get; set; }

        /// <summary>Writes complete when this does.</summary>
        public Task Held { get; set; } = Task.CompletedTask;

        public FrameReader Reader => throw new NotSupportedException("Only written to.");

        public ValueTask WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
        {
            Written++;
            var during = DuringNext;
            DuringNext = null;
            during?.Invoke();
            return new ValueTask(Held);
        }

        public ValueTask CompleteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public void Abort()
        {
        }
    }
}
