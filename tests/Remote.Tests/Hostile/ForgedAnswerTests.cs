using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Requests of a node, and peers that would like to answer them although nobody asked.</summary>
[Trait("Behaviour", "T-16")]
public sealed class ForgedAnswerTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new();
    private TestNode _node = null!;
    private Stranger _stranger = null!;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(
            options => options.LocalOnly = ["closed"], setup => setup.AddKind("kind", Props.FromFunc(_ => Task.CompletedTask)), _network);
        _node.Spawn("slow");
        _node.Spawn("closed");
        _node.Root.SpawnNamed(_node.Recorder("marked").WithLocalOnly(), "marked");
        _node.Spawn("mirror", context =>
        {
            if (context.Message is Proto.Remote.ActorPidRequest)
            {
                context.Respond(context.Message);
            }
        });
        _node.Spawn("sink");
        _node.SpawnEcho();
        _stranger = await Stranger.ConnectAsync(_node.Address, connect: _network.ConnectAsync);
    }

    public async Task DisposeAsync()
    {
        await _stranger.DisposeAsync();
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    /// <summary>Proto.Actor numbers its futures and requests from one: that is how they are found here.</summary>
    [Theory]
    [InlineData("an answer")]
    [InlineData("Watch")]
    [InlineData("Stop")]
    [InlineData("Terminated")]
    [InlineData("PoisonPill")]
    [InlineData("a number that is beyond them")]
    public async Task Guess_DoesNotReachARequest(string what)
    {
        var (request, asker) = await AskAsync();
        IMessage message = what switch
        {
            "Watch" => new Watch { Watcher = new PID("stranger:1", "x") },
            "Stop" => new Proto.Stop(),
            "Terminated" => new Terminated { Who = _node.Pid("slow") },
            "PoisonPill" => new PoisonPill(),
            _ => new StringValue { Value = "forged" },
        };

        await _stranger.SendAsync(asker.Id, message, targetRequest: what == "a number that is beyond them" ? uint.MaxValue : asker.RequestId);
        await SettleAsync();

        Assert.False(request.IsCompleted);

        // The other requests that share its future are none the worse for it.
        Assert.Equal("re:still there?", await _node.AskAsync(_node.Pid("echo"), "still there?").Within("another request"));
    }

    [Fact]
    public async Task Guess_IsADeadLetterAndCounted()
    {
        var (_, asker) = await AskAsync();

        await _stranger.SendAsync(asker.Id, new StringValue { Value = "forged" }, targetRequest: asker.RequestId);

        var letter = await _node.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal(DeadLetterReason.Forbidden, letter.Reason);
        Assert.Equal(1, _node.Remote.GetLimitStatistics().Refused["forged answer"]);
        Assert.Contains("stranger:1", (await _node.Log.NextAsync("Refused")).Text, StringComparison.Ordinal);
    }

    /// <summary>An actor answers from within the node, and would reach whatever a peer names as the sender.</summary>
    [Fact]
    public async Task GuessAsTheSender_IsNotAnsweredByAnActorOfTheNode()
    {
        var (request, asker) = await AskAsync();

        await _stranger.SendAsync(
            "echo", new StringValue { Value = "forged" }, new Wire.PID { Address = _node.Address, Id = asker.Id, RequestId = asker.RequestId });
        await _stranger.SendAsync(
            "nobody", new StringValue { Value = "forged" }, new Wire.PID { Address = _node.Address, Id = asker.Id, RequestId = asker.RequestId });
        await SettleAsync();

        Assert.False(request.IsCompleted);
        Assert.Equal(2, _node.Remote.GetLimitStatistics().Refused["forged answer"]);
        Assert.DoesNotContain(_node.Events.Of<Receipt>(), receipt => receipt.Actor == "echo");
    }

    [Fact]
    public async Task PartOfTheSystemAsTheSender_IsNotAnswered()
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        await _node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");

        await _stranger.SendAsync("echo", new StringValue { Value = "x" }, new Wire.PID { Address = _node.Address, Id = $"$endpoint/{peer.Address}" });
        await SettleAsync();

        Assert.DoesNotContain(_node.Events.Of<Receipt>(), receipt => receipt.Actor == "echo");
    }

    [Theory]
    [InlineData("endpoint")]
    [InlineData("guardian")]
    public async Task PartOfTheSystemAsTheTarget_IsForbidden(string part)
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        await _node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");
        _node.Root.Spawn(_node.Recorder("guarded", null).WithGuardianSupervisorStrategy(Supervision.DefaultStrategy));
        var target = _node.ActorSystem.ProcessRegistry.Find(id => id.Contains(part, StringComparison.OrdinalIgnoreCase)).First();

        await _stranger.SendAsync(target.Id, new StringValue { Value = "x" });

        Assert.Equal(DeadLetterReason.Forbidden, (await _node.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
    }

    /// <summary>Whoever was sent a request knows its name, and may write any number beside it.</summary>
    [Fact]
    public async Task NumberThatNoRequestHas_BesideANameOnTheWire_IsForbidden()
    {
        var (request, asker) = await AskAsync();
        var name = _node.Remote.Parts.Context.Requests.OnWire(asker);

        await _stranger.SendAsync(name, new StringValue { Value = "forged" }, targetRequest: uint.MaxValue);

        Assert.Equal(DeadLetterReason.Forbidden, (await _node.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.False(request.IsCompleted);
    }

    /// <summary>From within the node a closed actor is open.</summary>
    [Theory]
    [InlineData("closed")]
    [InlineData("marked")]
    public async Task ClosedActorAsTheSender_IsNotAnswered(string closed)
    {
        await _stranger.SendAsync("echo", new StringValue { Value = "forged" }, new Wire.PID { Address = _node.Address, Id = closed });
        await SettleAsync();

        Assert.Equal(1, _node.Remote.GetLimitStatistics().Refused["forged answer"]);
        Assert.DoesNotContain(_node.Events.Of<Receipt>(), receipt => receipt.Actor == "echo" || receipt.Actor == closed);
    }

    /// <summary>Nobody is asked whether an actor of the node itself may spawn.</summary>
    [Theory]
    [InlineData("$activator")]
    [InlineData("activator")]
    public async Task ActivatorAsTheSender_DoesNotSpawn(string activator)
    {
        await _stranger.SendAsync(
            "mirror", new Proto.Remote.ActorPidRequest { Kind = "kind", Name = "planted" }, new Wire.PID { Address = _node.Address, Id = activator });
        await SettleAsync();

        Assert.Equal(1, _node.Remote.GetLimitStatistics().Refused["forged answer"]);
        Assert.DoesNotContain(_node.Events.Of<Receipt>(), receipt => receipt.Actor == "mirror");
        Assert.Null(_node.Find("planted"));
    }

    /// <summary>A message that was forwarded comes back with a sender of this node, which is an actor.</summary>
    [Fact]
    public async Task ActorOfTheNodeAsTheSender_IsAnswered()
    {
        await _stranger.SendAsync("echo", new StringValue { Value = "x" }, new Wire.PID { Address = _node.Address, Id = "sink" });

        Assert.Equal("re:x", ((StringValue)(await _node.NextReceiptAsync("sink")).Message).Value);
    }

    [Fact]
    public async Task GuessInAMessage_CostsTheMessage()
    {
        var (_, asker) = await AskAsync();

        await _stranger.SendAsync("sink", new Proto.Remote.ActorPidResponse { Pid = new PID(_node.Address, asker.Id) });

        var letter = await _node.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal(DeadLetterReason.Malformed, letter.Reason);
        Assert.Contains("may not name", ((UndecodedMessage)letter.Message).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("closed")]
    [InlineData("marked")]
    [InlineData("$activator")]
    public async Task ClosedActorInAMessage_CostsTheMessage(string closed)
    {
        await _stranger.SendAsync("sink", new Proto.Remote.ActorPidResponse { Pid = new PID(_node.Address, closed) });

        Assert.Equal(DeadLetterReason.Malformed, (await _node.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
    }

    /// <summary>Such a peer is not served. If it were, an actor of this node would still not be one of its own.</summary>
    [Fact]
    public async Task WatcherOfTheNode_IsNotOfAPeer_WhateverThatCallsItself()
    {
        var (request, asker) = await AskAsync();
        var parts = _node.Remote.Parts;
        var peer = parts.Sessions.PeerOf(new PeerIdentity("stranger", _node.Address, IsClient: false), endpoint: null);
        var budget = parts.Links.NewBudget();
        var router = new InboundRouter(parts.Context, peer, budget);

        router.DeliverSystem(_node.Pid("missing"), new Watch(asker));
        router.DeliverSystem(_node.Pid("slow"), new Unwatch { Watcher = _node.Pid("sink") });

        Assert.Equal(2, _node.Remote.GetLimitStatistics().Refused["foreign watch"]);
        Assert.False(request.IsCompleted);
        parts.Links.Release(budget);
    }

    /// <summary>It would be the end of an actor that goes on, for whoever watches it and is named as the sender.</summary>
    [Fact]
    public async Task PillThatIsTooLate_IsNoWordThatTheActorHasEnded()
    {
        var pill = PlayedDialler.Batch("slow", new PoisonPill());
        pill.MessageBatch.Senders.Add(new Wire.PID { Address = _node.Address, Id = "sink" });
        pill.MessageBatch.Envelopes[0].Sender = 1;
        pill.MessageBatch.Envelopes[0].MessageHeader = new Wire.MessageHeader { HeaderData = { [MessageDeadline.Key] = "1" } };

        await _stranger.SendAsync(pill);

        var answer = Assert.IsType<DeadLetterResponse>((await _node.NextReceiptAsync("sink")).Message);
        Assert.Equal(DeadLetterReason.Expired, answer.GetReason());
    }

    /// <summary>Whoever was sent a request may pass it on, and whoever got it so may answer.</summary>
    [Fact]
    public async Task NameOnTheWire_AnswersFromAnywhere_AndNoOtherNameDoes()
    {
        await using var asked = await PlayedAcceptor.StartAsync();
        await using var node = await TestNode.StartAsync();
        node.Spawn("sink");
        var request = node.Root.RequestAsync<StringValue>(asked.Pid("x"), new StringValue { Value = "?" }, CancellationToken.None);
        await asked.AcceptAsync();
        var batch = Assert.Single(await asked.TakeAsync(1));
        var (name, number) = (batch.Senders[0].Id, batch.Envelopes[0].SenderRequestId);
        await using var third = await Stranger.ConnectAsync(node.Address, "third", "third:1");

        foreach (var wrong in new[] { name[..^1] + (name[^1] == '0' ? '1' : '0'), name[..name.IndexOf('~')], "$1" + name[name.IndexOf('~')..] })
        {
            await third.SendAsync(wrong, new StringValue { Value = "forged" }, targetRequest: number);
        }

        await third.SendAsync("sink", new StringValue());
        await node.NextReceiptAsync("sink");
        Assert.False(request.IsCompleted);
        await third.SendAsync(name, new StringValue { Value = "right" }, targetRequest: number);

        Assert.Equal("right", (await request.Within("the answer")).Value);
        Assert.Matches(@"^\$\d+~[0-9a-f]{32}$", name);
    }

    /// <summary>Each request has a name of its own there, so that whoever was sent one knows nothing of the others.</summary>
    [Fact]
    public async Task FuturesThatAreNotShared_HaveNamesThatCannotBeMadeOfEachOther()
    {
        var system = new ActorSystem(new ActorSystemConfig { SharedFutures = false });
        var names = new RequestNames(system);
        using var one = system.Root.GetFuture();
        using var other = system.Root.GetFuture();

        var (first, second) = (names.OnWire(one.Pid), names.OnWire(other.Pid));

        Assert.Equal((one.Pid.Id, other.Pid.Id), (names.Here(first), names.Here(second)));
        Assert.NotEqual(first[^32..], second[^32..]);
        Assert.Null(names.Here(other.Pid.Id + first[^33..]));
        Assert.Null(new RequestNames(system).Here(first));
        Assert.Equal("$activator", names.OnWire(new PID(ActorSystem.NoHost, "$activator")));
        for (var i = 0; i < 3000; i++)
        {
            using var many = system.Root.GetFuture();
            names.OnWire(many.Pid);
        }

        // Forgotten, and known all the same.
        Assert.Equal(one.Pid.Id, names.Here(first));
        await system.ShutdownAsync();
    }

    /// <summary>A request that is never answered, and who it says asks.</summary>
    private async Task<(Task Request, PID Asker)> AskAsync()
    {
        var request = _node.Root.RequestAsync<StringValue>(_node.Pid("slow"), new StringValue { Value = "?" }, CancellationToken.None);
        return (request, (await _node.NextReceiptAsync("slow")).Sender!);
    }

    /// <summary>What the stranger said before has been read.</summary>
    private async Task SettleAsync()
    {
        await _stranger.SendAsync("sink", new StringValue { Value = "settled" });
        await _node.NextReceiptAsync("sink");
    }
}
