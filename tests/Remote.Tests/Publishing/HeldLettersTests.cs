using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging.Abstractions;
using Proto;
using Proto.Mailbox;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A handler of dead letters that does not return while peers cause many of them: what waits for it is bounded in bytes, and each is told all the same.</summary>
[Collection(nameof(HostileScene))]
[Trait("Behaviour", "I-07")]
public sealed class HeldLettersTests : IAsyncLifetime
{
    private const int Size = 64 * 1024;
    private const int Bound = 1024 * 1024;

    private static readonly BytesValue Large = new() { Value = ByteString.CopyFrom(new byte[Size]) };

    private readonly InMemoryNetwork _network = new();
    private readonly ManualResetEventSlim _gate = new();
    private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<RemoteDeadLetterEvent> _letters = new();
    private TestNode _node = null!;
    private TestNode _peer = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(options => options.Inbound.MaxBytesPerNode = Bound, network: _network);
        _node.Spawn("sink");
        _node.SpawnEcho();
        _peer = await TestNode.StartAsync(network: _network);
        _node.ActorSystem.EventStream.Subscribe<RemoteDeadLetterEvent>(letter =>
        {
            _letters.Enqueue(letter);
            _blocked.TrySetResult();
            _gate.Wait(TestTime.Ceiling * 3);
        });
        await SendAsync("missing", new Empty());
        await _blocked.Task.Within("the handler");
    }

    public async Task DisposeAsync()
    {
        _gate.Set();
        await _peer.DisposeAsync();
        await _node.DisposeAsync();
        await _network.DisposeAsync();
        _gate.Dispose();
    }

    /// <summary>To an actor that does not exist, and through this node to a client that does not.</summary>
    [Theory]
    [InlineData("missing", 2_000)]
    [InlineData("$client/nobody/far", 500)]
    public async Task LargeMessagesToNobody_KeepNoMoreThanTheBound_AndAreAllTold(string target, int count)
    {
        var before = Collect();

        for (var i = 0; i < count; i++)
        {
            await SendAsync(target, Large);
        }

        // The link goes on, and so does that of somebody else.
        await SendAsync("sink", new StringValue());
        await _node.NextReceiptAsync("sink");
        await using var other = await TestNode.StartAsync(network: _network);
        Assert.Equal("re:still there?", await other.AskAsync(_node.Pid("echo"), "still there?").Within("an answer"));
        var kept = Collect() - before;
        Assert.True(kept < 16 * Bound, $"{kept:N0} bytes are kept of {(long)count * Size:N0}.");

        await OpenAsync();
        Assert.Equal(count + 1, _letters.Count);
        VerifyKept(count);
        Assert.All(NotKept(), unread => Assert.Contains(unread.PeerAddress, new[] { "", _peer.Address }));
        Assert.DoesNotContain(NotKept(), unread => target == "missing" && unread.PeerAddress != _peer.Address);
    }

    [Theory]
    [InlineData("ours")]
    [InlineData("foreign")]
    public async Task BacklogOfAnActorThatEnds_KeepsNoMoreThanTheBound(string mailbox)
    {
        const int count = 24;
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var props = _node.Recorder("held", context => context.Message is Int32Value ? open.Task : Task.CompletedTask);
        var held = _node.Root.SpawnNamed(mailbox == "ours" ? props : props.WithMailbox(() => UnboundedMailbox.Create()), "held");
        var made = ProtoActorInternals.MailboxOf((ActorProcess)_node.Find("held")!);
        _node.Root.Send(held, new Int32Value());
        await _node.NextReceiptAsync("held");
        for (var i = 0; i < count; i++)
        {
            await SendAsync("held", Large);
        }

        await UntilAsync(() => made.UserMessageCount == count, "the backlog");
        _node.Root.Stop(held);
        open.SetResult();
        await UntilAsync(() => Stopped() == count, "dead letters");

        await OpenAsync();
        VerifyKept(count);
    }

    [Fact]
    public async Task TryHold_OneMayAlwaysWait_AndWhatWasToldIsHeldNoLonger()
    {
        await using var system = new ActorSystem();
        var log = new ThrottledLog(NullLogger.Instance, new LogLimits(system.Config), TimeProvider.System);
        var events = new EventPublisher(system, log, maxHeld: 100);

        Assert.True(events.TryHold(500));
        Assert.False(events.TryHold(1));
        events.Publish(new object(), 500);
        await events.WhenIdleAsync().Within("the event");

        Assert.True(events.TryHold(60));
        Assert.True(events.TryHold(40));
        Assert.False(events.TryHold(1));
    }

    /// <summary>Names lie in the tables of a batch, where one of 4 KiB costs the messages that use it nothing.</summary>
    [Fact]
    public void Shorten_LeavesNothingOfWhatAPeerCanMakeLarge()
    {
        var name = new string('n', 4_000);
        var header = new Proto.MessageHeader(new Dictionary<string, string> { ["key"] = name });
        var letter = new RemoteDeadLetterEvent(new PID(name, name) { RequestId = 7 }, Large, new PID("peer:1", name), header, DeadLetterReason.Expired) { Detail = name };
        var unread = new RemoteDeadLetterEvent(
            new PID("here:1", "x"), new UndecodedMessage("peer:1", name, 3, 10, name), null, null, DeadLetterReason.UnknownType);

        Assert.Equal(100 + (4 * 4_000 * 2) + (2 * "peer:1".Length), PeerLetter.BytesOf(letter, 100));
        Assert.Equal(10 + (2 * 4_000 * 2) + (2 * "here:1x".Length), PeerLetter.BytesOf(unread, 10));
        var one = PeerLetter.Shorten(letter, 100, null);
        var other = PeerLetter.Shorten(unread, 10, "peer:1");

        Assert.All(
            [one.Pid.Address, one.Pid.Id, one.Sender!.Id, one.Detail!, ((UndecodedMessage)other.Message).TypeName!, ((UndecodedMessage)other.Message).Detail],
            text => Assert.InRange(text.Length, 1, 300));
        Assert.Empty(one.Header!);
        Assert.Equal((7u, DeadLetterReason.Expired), (one.Pid.RequestId, one.Reason));
        var message = Assert.IsType<UndecodedMessage>(one.Message);
        Assert.Equal(("peer:1", "google.protobuf.BytesValue", 100), (message.PeerAddress, message.TypeName, message.Bytes));
        Assert.Equal((3, 10), (((UndecodedMessage)other.Message).SerializerId, ((UndecodedMessage)other.Message).Bytes));

        // There is one of it, for all.
        var stop = new RemoteDeadLetterEvent(new PID("here:1", "x"), Proto.Stop.Instance, null, null, DeadLetterReason.Forbidden);
        Assert.Same(Proto.Stop.Instance, PeerLetter.Shorten(stop, 256, "peer:1").Message);
    }

    /// <summary>The answer to a sender that has gone is an event of Proto.Actor, and has two names of the peer's choice.</summary>
    [Fact]
    public async Task LongNamesOfSendersThatHaveGone_AreShortened()
    {
        var target = new string('t', 1_500);
        for (var i = 0; i < 300; i++)
        {
            _peer.Root.Send(_node.Pid(target + i), new Proto.MessageEnvelope(new Empty(), _node.Pid(new string('s', 1_500) + i)));
        }

        await SendAsync("sink", new StringValue());
        await _node.NextReceiptAsync("sink");
        await OpenAsync();

        var unheard = (await _node.PublishedAsync<DeadLetterEvent>()).Where(letter => letter is not RemoteDeadLetterEvent).ToList();
        Assert.Equal(300, unheard.Count);
        Assert.Contains(unheard, letter => letter.Pid.Id.Length > 1_500);
        Assert.Contains(unheard, letter => letter.Pid.Id.Length < 300 && ((DeadLetterResponse)letter.Message).Target.Id.Length < 300);
        Assert.Contains(_letters, letter => letter.Pid.Id[0] == 't' && letter.Pid.Id.Length < 300);
    }

    private Task SendAsync(string target, IMessage message) => _peer.Root.SendAsync(_node.Pid(target), message).AsTask().Within("room in the lane");

    private int Stopped() => (int)_node.Remote.Parts.Context.DeadLetters.Counts.Snapshot()
        .SingleOrDefault(count => count.Key == DeadLetterReason.Stopped.Name).Value;

    private async Task OpenAsync()
    {
        _gate.Set();
        await _node.Remote.Parts.Context.Events.WhenIdleAsync().Within("the handler");
    }

    private IEnumerable<UndecodedMessage> NotKept() => _letters.Select(letter => letter.Message).OfType<UndecodedMessage>();

    /// <summary>As many as fit are whole, and of the others type and size are told.</summary>
    private void VerifyKept(int count)
    {
        var whole = _letters.Count(letter => letter.Message is BytesValue);
        Assert.InRange(whole, 1, Bound / Size);
        Assert.Equal(count - whole, NotKept().Count());
        Assert.All(NotKept(), unread =>
        {
            Assert.Equal(BytesValue.Descriptor.FullName, unread.TypeName);
            Assert.InRange(unread.Bytes, Size, Size + 100);
        });
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        using var timeout = new CancellationTokenSource(TestTime.Ceiling);
        while (!condition())
        {
            Assert.False(timeout.IsCancellationRequested, $"Waited {TestTime.Ceiling} for {what}.");
            await Task.Yield();
        }
    }

    private static long Collect()
    {
        SharedArrays.Forget();
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
