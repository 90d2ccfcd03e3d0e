using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A hundred thousand dead letters (in the long run): each is told, and the log stays short and says how many there were.</summary>
[Trait("Behaviour", "I-07")]
public sealed class DeadLetterFloodTests : IAsyncLifetime
{
    private static readonly int Flood = TestScale.Count(100_000, few: 20_000);

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();
    private TestNode _node = null!;
    private TestNode _peer = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(setup: setup => setup.AddSerializer(50, 1_000, new OwnSerializer()), network: _network, time: _time);
        _peer = await TestNode.StartAsync(network: _network, time: _time);
        await _node.Remote.WaitForConnectionAsync(_peer.Address).Within("the connection");

        // It is written behind the change that was waited for, and is not to be counted.
        await _node.Log.NextAsync(nameof(RemoteLog.Connected));
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _peer.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task Messages_ThatTheirSerializerRefuses()
    {
        await SendAsync(_node, _peer.Pid("x"), static _ => new Own(null));

        await VerifyAsync(_node, nameof(RemoteLog.MessageNotSent), DeadLetterReason.NotSerializable, written: 1);
    }

    [Fact]
    public async Task Messages_ThatCannotBeReadThere()
    {
        await SendAsync(_node, _peer.Pid("x"), static number => new Own($"{number}"));

        await VerifyAsync(_peer, nameof(RemoteLog.EnvelopeRefused), DeadLetterReason.UnknownType, written: 1);
    }

    [Fact]
    public async Task Messages_ToAMailboxThatThrows()
    {
        _peer.Log.Expect(nameof(RemoteLog.MailboxFailed));
        _peer.Log.Expect(nameof(RemoteLog.EntriesLeftOut));
        _peer.Root.SpawnNamed(_peer.Recorder("broken").WithMailbox(() => new BrokenMailbox()), "broken");

        await SendAsync(_node, _peer.Pid("broken"), static number => new Int32Value { Value = number });

        await VerifyAsync(_peer, nameof(RemoteLog.MailboxFailed), DeadLetterReason.MailboxFull, written: LogValve.DefaultCount);
    }

    [Fact]
    public async Task Messages_ToWhatIsNoAddress_AreOneEntry()
    {
        var before = _node.Log.Lines.Count;
        await SendAsync(_node, PID.FromAddress("nonsense", "x"), static number => new Int32Value { Value = number });

        Assert.Equal(Flood, (await _node.PublishedAsync<RemoteDeadLetterEvent>()).Count);
        Assert.Equal(1, _node.Log.Lines.Count - before);
    }

    private static async Task SendAsync(TestNode node, PID target, Func<int, object> make)
    {
        for (var number = 0; number < Flood; number++)
        {
            var sending = node.Root.SendAsync(target, make(number));
            if (sending.IsFaulted)
            {
                // It is a dead letter already; nothing more is asked of it here.
                Assert.NotNull(sending.AsTask().Exception);
                continue;
            }

            await sending.AsTask().Within("room in the lane");
        }
    }

    private static async Task VerifyAsync(TestNode node, string kind, DeadLetterReason reason, int written)
    {
        var letters = await node.Events.WaitForCountAsync<RemoteDeadLetterEvent>(Flood);
        Assert.All(letters, letter => Assert.Equal(reason, letter.Reason));

        // What was left out and not counted yet is counted at the end.
        await node.Remote.ShutdownAsync().Within("the shutdown");

        Assert.Equal(written, node.Log.Count(kind));
        Assert.Equal([Flood - written], ThrottledLogTests.LeftOut(node.Log));
    }

    private sealed record Own(string? Text);

    private sealed class OwnSerializer : ISerializer
    {
        public ByteString Serialize(object obj) => ByteString.CopyFromUtf8(((Own)obj).Text ?? throw new FormatException("There is no text."));

        public object Deserialize(ByteString bytes, string typeName) => throw new NotSupportedException("Nobody sends it here.");

        public string GetTypeName(object message) => "own";

        public bool CanSerialize(object obj) => obj is Own;
    }
}
