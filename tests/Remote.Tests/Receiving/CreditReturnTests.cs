using System.Globalization;
using System.Threading.Channels;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Mailbox;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests.Links;

/// <summary>Credit comes back exactly once for each message, however it ends.</summary>
[Trait("Behaviour", "B-04")]
public sealed class CreditReturnTests : IAsyncLifetime
{
    private const int Window = 10;

    private readonly InMemoryNetwork _network = new();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PlayedServer _peer = new(LinkId.Create());
    private TestNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(options => options.Inbound.MaxMessages = Window, network: _network);
        _node.Spawn("sink");
        await _peer.ConnectAsync(_network, _node.Address);
    }

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _peer.DisposeAsync();
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task Taken() => await AssertComesBackAsync("sink", letters: 0);

    [Fact]
    public async Task NoSuchActor() => await AssertComesBackAsync("nobody", letters: Window);

    [Fact]
    public async Task InternalProcess() => await AssertComesBackAsync("$endpoint/played:1", letters: Window);

    [Fact]
    public async Task FullMailbox()
    {
        var (props, held) = Held();
        _node.Root.SpawnNamed(props.WithMailbox(() => BoundedMailbox.Create(2, BoundedChannelFullMode.DropWrite)), "full");
        await SendAsync("full");
        await held.Within("the first message");
        _gate.SetResult();
        await AssertReturnedAsync();
    }

    [Fact]
    public async Task ActorStoppedWithABacklog()
    {
        var (props, held) = Held();
        var actor = _node.Root.SpawnNamed(props, "held");
        await SendAsync("held");
        await held.Within("the first message");
        _node.Root.Stop(actor);
        _gate.SetResult();
        await AssertReturnedAsync();
        Assert.Equal(Window - 1, (await _node.PublishedAsync<RemoteDeadLetterEvent>()).Count(letter => letter.Reason == DeadLetterReason.Stopped));
    }

    [Fact]
    public async Task FutureCompletedAndAnsweredLate()
    {
        _node.Spawn("asked");
        var answer = _node.Root.RequestAsync<Int32Value>(_node.Pid("asked"), new StringValue(), TestTime.Ceiling);
        var sender = (await _node.NextReceiptAsync("asked")).Sender!;
        await AssertComesBackAsync(_node.Remote.Parts.Context.Requests.OnWire(sender), letters: 0, envelope => envelope.TargetRequestId = sender.RequestId);
        Assert.Equal(0, (await answer).Value);
    }

    [Fact]
    public async Task RelayedToAClient()
    {
        await using var client = await TestNode.StartClientAsync(network: _network);
        client.Spawn("far");
        await client.Remote.WaitForConnectionAsync(_node.Address).Within("the client's connection");
        await AssertComesBackAsync($"{client.Address}/far", letters: 0);
        await client.Events.WaitForCountAsync<Receipt>(Window);
    }

    [Fact]
    public async Task BadEnvelope() => await AssertComesBackAsync("sink", letters: Window, envelope => envelope.TypeId = -1);

    [Fact]
    public async Task UnknownType() => await AssertComesBackAsync("sink", letters: Window, type: "no.such.Type");

    [Fact]
    public async Task Expired() => await AssertComesBackAsync("sink", letters: Window, envelope =>
    {
        var deadline = DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        envelope.MessageHeader = new Wire.MessageHeader { HeaderData = { ["remote-deadline"] = deadline } };
    });

    private (Props Props, Task Held) Held()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var props = _node.Recorder("held", context =>
        {
            if (context.Message is not Int32Value)
            {
                return Task.CompletedTask;
            }

            held.TrySetResult();
            return _gate.Task;
        });
        return (props, held.Task);
    }

    private Task AssertComesBackAsync(string target, int letters, Action<Wire.MessageEnvelope>? change = null, string? type = null) =>
        AssertComesBackAsync(ByteString.CopyFromUtf8(target), letters, change, type);

    private async Task AssertComesBackAsync(ByteString target, int letters, Action<Wire.MessageEnvelope>? change = null, string? type = null)
    {
        await SendAsync(target, change, type);
        await AssertReturnedAsync();
        Assert.Equal(letters, (await _node.PublishedAsync<DeadLetterEvent>()).Count);
    }

    private Task SendAsync(string target) => SendAsync(ByteString.CopyFromUtf8(target));

    /// <summary>A batch that takes all of the credit.</summary>
    private Task SendAsync(ByteString target, Action<Wire.MessageEnvelope>? change = null, string? type = null)
    {
        var batch = new Wire.MessageBatch { Sequence = 1, TypeNames = { type ?? Int32Value.Descriptor.FullName }, Targets = { target } };
        for (var i = 0; i < Window; i++)
        {
            var envelope = new Wire.MessageEnvelope { MessageData = new Int32Value { Value = i }.ToByteString() };
            change?.Invoke(envelope);
            batch.Envelopes.Add(envelope);
        }

        return _peer.SendAsync(new Wire.RemoteMessage { MessageBatch = batch });
    }

    /// <summary>All of the window, and not one message more when another one has gone through.</summary>
    private async Task AssertReturnedAsync()
    {
        await _peer.CreditedAsync(2 * Window);
        await _peer.SendAsync(2, "sink", new UInt32Value());
        Assert.Equal((2 * Window) + 1ul, (await _peer.CreditedAsync((2 * Window) + 1)).CreditMessages);
    }
}
