using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Remote.Tests.Messages;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Gossip and heartbeats of a cluster, here <see cref="Urgent"/>, past actors that take nothing (decision page 0022).</summary>
[Trait("Behaviour", "K-03")]
public sealed class PriorityTests : IAsyncLifetime
{
    private const int Window = 1000;
    private const int UserCredit = 100;

    private readonly InMemoryNetwork _network = new();
    private readonly TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestNode _there = null!;
    private TestNode _here = null!;

    public async Task InitializeAsync()
    {
        _there = await TestNode.StartAsync(Options, Setup, _network, at: "there:1");
        SpawnActors(_there);
    }

    public async Task DisposeAsync()
    {
        _gate.TrySetResult();
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Behaviour", "B-04")]
    public async Task UserCredit_IsUsedUpByAStuckActor_PriorityMessagesArriveForAsLongAsItLasts(bool fromClient)
    {
        await StartHereAsync(fromClient);
        UseUpCredit(_here, _there.Address);

        await GossipAsync(_here, _there, _there.Address);
        Assert.Empty(Numbers(_there, "sink"));
        _gate.SetResult();
        await _there.NextReceiptAsync("sink");
        Settled(_here, _there.Address);
    }

    /// <summary>The response direction, whose credit is in the handshake of the client.</summary>
    [Fact]
    public async Task Client_ItsActorIsStuck_PriorityMessagesOfTheServerArrive()
    {
        await StartHereAsync(isClient: true);
        SpawnActors(_here);
        _here.Root.Send(_there.Pid("sink"), new Int32Value());
        await _there.NextReceiptAsync("sink");
        var client = $"$client/{_here.SystemId}";
        UseUpCredit(_there, client);
        await GossipAsync(_there, _here, client);
        Assert.Empty(Numbers(_here, "sink"));
        _gate.SetResult();
        await _here.NextReceiptAsync("sink");
        Settled(_there, client);
    }

    [Fact]
    public async Task Bound_ThousandAndOneUnread_TheLastGoesByUserCreditAndTheTotalsComeBack()
    {
        await StartHereAsync();

        // Statistics are of those that something was sent to.
        SpawnActors(_here);
        _there.Root.Send(_here.Pid("sink"), new Int32Value());
        await _here.NextReceiptAsync("sink");
        _here.Root.Send(_there.Pid("stuck"), new Urgent { Number = 0 });
        await ArrivedAsync(_there, "stuck", 0);
        for (var number = 1; number <= Window + 1; number++)
        {
            _here.Root.Send(_there.Pid("stuck"), new Urgent { Number = number });
        }

        // All of it is in the mailbox of an actor that has taken the first one.
        Settled(_here, _there.Address);
        Assert.Equal(Window + 2, _there.Remote.GetEndpointStatistics(_here.Address)!.Delivered);

        // With user credit used up too, no other one gets there, and none is lost.
        UseUpCredit(_here, _there.Address);
        for (var number = Window + 2; number <= 4 * Window; number++)
        {
            _here.Root.Send(_there.Pid("stuck"), new Urgent { Number = number });
        }

        _here.Root.Send(_there.Pid("gossip"), new Urgent { Number = 1 });
        _gate.SetResult();
        await ArrivedAsync(_there, "stuck", 4 * Window);
        await ArrivedAsync(_there, "gossip", 1);
        Assert.Equal(Enumerable.Range(0, (4 * Window) + 1), Urgents(_there, "stuck"));
        await _there.NextReceiptAsync("sink");
        Settled(_here, _there.Address);
    }

    [Fact]
    [Trait("Behaviour", "E-03")]
    [Trait("Behaviour", "R-05")]
    public async Task Cuts_UnderLoad_EachPriorityMessageArrivesOnceAndInItsOrder()
    {
        await StartHereAsync();
        var (sent, urgent) = (0, 0);
        for (var cut = 0; cut < 10; cut++)
        {
            for (var i = 0; i < 800; i++)
            {
                _here.Root.Send(_there.Pid("sink"), new Int32Value { Value = sent++ });
                _here.Root.Send(_there.Pid("sink"), new Urgent { Number = urgent++ });
            }

            await _there.Events.NextAsync<Receipt>(receipt => receipt.Message is Int32Value number && number.Value >= sent - 500);
            Assert.True(_network.Cut(_there.Address) > 0, "There was no connection to cut.");
            await _here.Events.NextAsync<EndpointReconnected>();
        }

        await _there.Events.NextAsync<Receipt>(receipt => receipt.Message is Int32Value number && number.Value == sent - 1);
        Settled(_here, _there.Address);
        Assert.Equal(Enumerable.Range(0, sent), Numbers(_there, "sink"));
        Assert.Equal(Enumerable.Range(0, urgent), Urgents(_there, "sink"));
        Assert.Empty(await _here.PublishedAsync<DeadLetterEvent>());
    }

    [Fact]
    public async Task SendAsync_PriorityMessage_DoesNotWaitForRoomInTheUserLane()
    {
        await StartHereAsync(change: options => options.Endpoint.QueueCapacity = 10);
        _here.Root.Send(_there.Pid("stuck"), new Int32Value());
        await _there.NextReceiptAsync("stuck");
        List<Task> sent = [];
        while (sent.TrueForAll(task => task.IsCompleted))
        {
            sent.Add(_here.Root.SendAsync(_there.Pid("stuck"), new Int32Value()).AsTask());
        }

        await _here.Root.SendAsync(_there.Pid("gossip"), new Urgent { Number = 1 }).AsTask().Within("a priority message");
        await ArrivedAsync(_there, "gossip", 1);
        _gate.SetResult();
        await Task.WhenAll(sent).Within("the others");
        Settled(_here, _there.Address);
    }

    /// <summary>A peer of an older version keeps a link and knows no priority credit: it would count its user credit as passed.</summary>
    [Fact]
    public async Task OlderPeer_PriorityMessagesGoByUserCreditAndNoneIsLost()
    {
        const int Waiting = 10;
        _here = await TestNode.StartAsync(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100), Setup);
        string[] older = [CapabilityNames.Heartbeat, CapabilityNames.Resume];
        await using var peer = await PlayedLinkPeer.StartAsync(_ => false, new LinkCredit(UserCredit, 1_000_000), capabilities: older);
        for (var number = 1; number <= UserCredit + Waiting; number++)
        {
            _here.Root.Send(peer.Pid("a"), new Urgent { Number = number });
        }

        List<Wire.MessageBatch> batches = [];
        while (batches.Sum(batch => batch.Envelopes.Count) < UserCredit)
        {
            batches.Add(await peer.Accepted.NextAsync<Wire.MessageBatch>());
        }

        // No more than it gives, and not a word that it does not know.
        Assert.DoesNotContain(batches, batch => batch.Priority);
        Assert.Equal(
            Enumerable.Range(1, UserCredit),
            batches.SelectMany(batch => batch.Envelopes).Select(envelope => Urgent.Parser.ParseFrom(envelope.MessageData).Number));
        Assert.Equal(Waiting, _here.Remote.GetEndpointStatistics(peer.Address)!.QueueLength);
        await _here.Remote.ShutdownAsync().Within("the shutdown");
        Assert.Equal(Waiting, (await _here.PublishedAsync<RemoteDeadLetterEvent>()).Count(letter => letter.Message is Urgent));
    }

    private static void Setup(TestSetup setup) => setup.AddMessages(MessagesReflection.Descriptor);

    private static void Options(RemoteOptions options)
    {
        // Messages to a stuck actor hold up those behind them, so that it is certain that user credit is used up.
        options.Endpoint.SlowTarget = SlowTargetPolicy.Wait;
        options.Inbound.MaxMessages = UserCredit;
        options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
        options.Reconnect.MaxAttempts = 0;
    }

    private async Task StartHereAsync(bool isClient = false, Action<RemoteOptions>? change = null) => _here = isClient
        ? await TestNode.StartClientAsync(Options + change, Setup, _network)
        : await TestNode.StartAsync(Options + change, Setup, _network, at: "here:1");

    private void SpawnActors(TestNode node)
    {
        node.Spawn("stuck", context => context.Message is IMessage ? _gate.Task : Task.CompletedTask);
        node.Spawn("gossip");
        node.Spawn("sink");
    }

    /// <summary>More than the peer grants and lends, to an actor that takes the first; and behind that a message to "sink".</summary>
    private static void UseUpCredit(TestNode from, string address)
    {
        for (var i = 0; i < 3 * UserCredit; i++)
        {
            from.Root.Send(new PID(address, "stuck"), new Int32Value());
        }

        from.Root.Send(new PID(address, "sink"), new Int32Value());
    }

    /// <summary>Many times the window, by thirties that follow each other: the credit of each comes back.</summary>
    private static async Task GossipAsync(TestNode from, TestNode to, string address)
    {
        for (var number = 1; number <= 3 * Window; number++)
        {
            from.Root.Send(new PID(address, "gossip"), new Urgent { Number = number });
            if (number % 30 == 0)
            {
                await ArrivedAsync(to, "gossip", number);
            }
        }

        Assert.Equal(Enumerable.Range(1, 3 * Window), Urgents(to, "gossip"));
    }

    private static Task ArrivedAsync(TestNode node, string actor, int number) => node.Events.NextAsync<Receipt>(
        receipt => receipt.Message is Urgent urgent && urgent.Number == number && receipt.Actor == actor, expected: $"message {number} to {actor}");

    /// <summary>Everything arrives, and the ledger adds up.</summary>
    private static void Settled(TestNode node, string address)
    {
        EndpointStatistics Now() => node.Remote.GetEndpointStatistics(address)!;
        Assert.True(SpinWait.SpinUntil(() => Now() is { QueueLength: 0, Retained: 0 }, TestTime.Ceiling), $"Something still waits: {Now()}");
        Assert.Null(LedgerCheck.FaultOf(Now(), null));
    }

    private static IEnumerable<int> Urgents(TestNode node, string actor) =>
        ReceivedBy(node, actor).OfType<Urgent>().Select(urgent => urgent.Number);

    private static IEnumerable<int> Numbers(TestNode node, string actor) =>
        ReceivedBy(node, actor).OfType<Int32Value>().Select(number => number.Value);

    private static IEnumerable<object> ReceivedBy(TestNode node, string actor) =>
        node.Events.Of<Receipt>().Where(receipt => receipt.Actor == actor).Select(receipt => receipt.Message);
}
