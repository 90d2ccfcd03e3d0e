using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Many connections that say nothing, beside a pair of nodes at full speed.</summary>
[Trait("Behaviour", "H-01")]
public sealed class SilentConnectionTests
{
    private const string Receive = "/remote.Remoting/Receive";

    private const int Measured = 20_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(7);
    private static readonly byte[] Preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];

    [Fact]
    public async Task ManySilentConnections_AreClosedAtTheDeadline_AndAHealthyPairDoesNotNotice()
    {
        var time = new DeadlinesByHand(Deadline);
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.HandshakeTimeout = Deadline, network: network, time: time);
        await using var load = await PairLoad.StartAsync(node, network);
        Assert.Empty(time.Deadlines.ArmedTimers);
        var alone = await load.TimeAsync(Measured);
        var before = network.Connections.Count;
        List<Stream> silent = [];
        for (var i = 0; i < TestScale.Count(1000); i++)
        {
            var stream = await network.ConnectAsync(node.Address, CancellationToken.None);
            await stream.WriteAsync(Preface.AsMemory(0, i % (Preface.Length + 1)));
            silent.Add(stream);
            if (i % 100 == 99)
            {
                // Sooner than the listener lets wait; and no time goes on before all their deadlines have begun.
                await time.Deadlines.WaitForTimersAsync(silent.Count);
            }
        }

        var connections = network.Connections.Skip(before).ToArray();
        Assert.Equal(silent.Count, connections.Length);

        // Beside all of them: as fast as without, as far as a machine that does other things lets anybody measure that.
        var beside = await load.TimeAsync(Measured);
        Assert.True(beside < (alone * 10) + TimeSpan.FromMilliseconds(100), $"{Measured} messages took {alone} alone and {beside} beside {silent.Count} silent connections.");
        time.Deadlines.Advance(Deadline - TimeSpan.FromTicks(1));
        Assert.DoesNotContain(connections, connection => connection.Closed.IsCompleted);
        time.Deadlines.Advance(TimeSpan.FromTicks(1));

        await Task.WhenAll(connections.Select(connection => connection.Closed)).Within("the end of the silent connections");
        await load.FinishAsync();
        silent.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task ManySilentConnections_OverSockets_AreClosed_AndAHealthyPairDoesNotNotice()
    {
        await using var node = await TestNode.StartAsync(options => options.HandshakeTimeout = TimeSpan.FromSeconds(1));
        await using var load = await PairLoad.StartAsync(node);
        var endPoint = new IPEndPoint(IPAddress.Loopback, node.Port);

        var ends = Enumerable.Range(0, TestScale.Count(1000)).Select(i => StaySilentAsync(endPoint, i % (Preface.Length + 1))).ToArray();

        await Task.WhenAll(ends).Within("the end of the silent connections");
        await load.FinishAsync();
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("a message that is no ConnectRequest")]
    [InlineData("bytes that are no message")]
    [InlineData("an id that cannot be")]
    public async Task Stream_ThatIsNoPeers_ItsConnectionIsClosedAtTheDeadline(string what)
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.HandshakeTimeout = Deadline, network: network, time: time);
        await using var client = PlayedCalls.Channel(node.Address, network.ConnectAsync);
        var call = client.Receive();
        if (Message(what) is { } message)
        {
            await call.WriteAsync(message).AsTask().Within(what);
            await Assert.ThrowsAsync<RpcException>(() => call.Reader.ReadAsync().AsTask().Within("the refusal"));
        }

        await time.WaitForTimerAsync(Deadline);
        time.Advance(Deadline - TimeSpan.FromTicks(1));
        Assert.False(network.Connections[0].Closed.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));

        await network.Connections[0].Closed.Within("the end of the connection");
    }

    [Fact]
    public async Task Connection_OfDiagnostics_IsKept()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.HandshakeTimeout = Deadline, network: network, time: time);
        using var client = PlayedCalls.PlainChannel(node.Address, network.ConnectAsync);
        await ListAsync(client);

        time.Advance(Deadline * 2);

        await ListAsync(client);
        Assert.Equal(1, network.Dials);
    }

    [Fact]
    public async Task Connection_OfABlockedPeer_IsNotKept()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.HandshakeTimeout = Deadline, network: network, time: time);
        node.Remote.PeerBlockList.BlockSystem("blocked");
        await using var peer = await PlayedDialler.DialAsync(network, node.Address);
        await peer.SendAsync(PlayedDialler.Request("blocked", "peer:8000"));
        Assert.True((await peer.ReadAsync())!.ConnectResponse.Blocked);

        time.Advance(Deadline);

        await network.Connections[0].Closed.Within("the end of the connection");
    }

    [Fact]
    public async Task SecondStreamOfAGoodConnection_ThatSaysNothing_EndsAtItsOwnDeadline()
    {
        var time = new ManualTimeProvider();
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.HandshakeTimeout = Deadline, network: network, time: time);
        using var client = PlayedCalls.PlainChannel(node.Address, network.ConnectAsync);
        await ListAsync(client);
        time.Advance(Deadline);
        using var call = client.CreateCallInvoker().AsyncDuplexStreamingCall(RemotingMethods.Dialled, host: null, default);
        await time.WaitForTimerAsync(Deadline);

        time.Advance(Deadline);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None).Within("the refusal"));
        Assert.Equal(StatusCode.DeadlineExceeded, refusal.StatusCode);
        await ListAsync(client);
        Assert.Equal(1, network.Dials);
    }

    private static async Task StaySilentAsync(IPEndPoint endPoint, int bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(endPoint);
        var stream = client.GetStream();
        await stream.WriteAsync(Preface.AsMemory(0, bytes));
        var answer = new byte[1024];
        try
        {
            // The server says its settings to whoever sent the whole preface, and then nothing.
            while (await stream.ReadAsync(answer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is a close, too.
        }
    }

    private static byte[]? Message(string what) => what switch
    {
        "a message that is no ConnectRequest" => PlayedDialler.Batch("x", new Int32Value()).ToByteArray(),
        "bytes that are no message" => [255, 255, 255],
        "an id that cannot be" => PlayedDialler.Request("", "peer:8000").ToByteArray(),
        _ => null,
    };

    private static Task ListAsync(GrpcChannel client) => client.CreateCallInvoker()
        .AsyncUnaryCall(RemotingMethods.ListProcesses, host: null, default, new Wire.ListProcessesRequest { Pattern = "x" }).ResponseAsync.Within("the list");

    /// <summary>A clock that goes as always, but for timers of one length.</summary>
    private sealed class DeadlinesByHand(TimeSpan deadline) : TimeProvider
    {
        public ManualTimeProvider Deadlines { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            dueTime == deadline ? Deadlines.CreateTimer(callback, state, dueTime, period) : base.CreateTimer(callback, state, dueTime, period);
    }

    /// <summary>A second node that sends numbers to the first as fast as it takes them, until it is told to finish.</summary>
    private sealed class PairLoad : IAsyncDisposable
    {
        private readonly TestNode _peer;
        private readonly CancellationTokenSource _enough = new();
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Task<int> _sending = Task.FromResult(0);
        private int _expected = int.MaxValue;
        private int _received;
        private string? _fault;
        private Mark? _mark;
        private int _reconnects;
        private PID _target = null!;

        private PairLoad(TestNode peer) => _peer = peer;

        public static async Task<PairLoad> StartAsync(TestNode node, InMemoryNetwork? network = null)
        {
            // A lane that is short is empty soon after the last message.
            var load = new PairLoad(await TestNode.StartAsync(options => options.Endpoint.QueueCapacity = 10_000, network: network));
            var sink = node.Root.SpawnNamed(Props.FromFunc(load.ReceiveAsync), "sink");
            await load._peer.Root.RequestAsync<StringValue>(node.Pid("sink"), new StringValue(), TestTime.Ceiling);
            load._reconnects = load._peer.Events.Of<EndpointReconnecting>().Count;
            load._target = new PID(node.Address, sink.Id);
            load._sending = Task.Run(load.SendAsync);
            return load;
        }

        /// <summary>How long the next so many messages take.</summary>
        public async Task<TimeSpan> TimeAsync(int messages)
        {
            var mark = new Mark(messages);
            var watch = Stopwatch.StartNew();
            Volatile.Write(ref _mark, mark);
            await mark.Reached.Task.Within(string.Create(CultureInfo.InvariantCulture, $"{messages} messages"));
            return watch.Elapsed;
        }

        /// <summary>Fails when anything was lost, doubled or reordered, or the pair was ever disconnected.</summary>
        public async Task FinishAsync()
        {
            await _enough.CancelAsync();
            var sent = await _sending.Within("the last send");
            Volatile.Write(ref _expected, sent);
            await _peer.Root.SendAsync(_target, new StringValue()).AsTask().Within("the last message");
            await _all.Task.Within(string.Create(CultureInfo.InvariantCulture, $"all of {sent} messages, of which {Volatile.Read(ref _received)} came"));
            Assert.Null(_fault);
            Assert.True(sent > 100, $"Only {sent} messages were sent.");
            Assert.Equal(_reconnects, (await _peer.PublishedAsync<EndpointReconnecting>()).Count);
            Assert.Empty(await _peer.PublishedAsync<EndpointTerminated>());
        }

        public async ValueTask DisposeAsync()
        {
            await _enough.CancelAsync();
            await _sending.Within("the last send");
            await _peer.DisposeAsync();
            _enough.Dispose();
        }

        private async Task<int> SendAsync()
        {
            var sent = 0;
            while (!_enough.IsCancellationRequested)
            {
                await _peer.Root.SendAsync(_target, new Int32Value { Value = sent });
                sent++;
            }

            return sent;
        }

        private Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case Int32Value number when number.Value == _received:
                    _received++;
                    Volatile.Read(ref _mark)?.Count();
                    break;
                case Int32Value number:
                    _fault ??= string.Create(CultureInfo.InvariantCulture, $"{number.Value} came where {_received} was due.");
                    break;
                case StringValue when context.Sender is not null:
                    context.Respond(new StringValue());
                    break;
                case StringValue when _received == Volatile.Read(ref _expected):
                    _all.TrySetResult();
                    break;
            }

            return Task.CompletedTask;
        }
    }

    /// <summary>Reached after so many messages, all counted by one actor.</summary>
    private sealed class Mark(int messages)
    {
        private int _left = messages;

        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Count()
        {
            if (--_left == 0)
            {
                Reached.SetResult();
            }
        }
    }
}
