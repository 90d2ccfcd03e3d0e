using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;
using Wire = Proto.Remote;

namespace Remote.Tests;

/// <summary>Remote spawn: what can go right, what can go wrong, and what the activator has to survive.</summary>
[Trait("Behaviour", "S-01")]
public sealed class SpawnTests
{
    private static readonly Props Quiet = Props.FromFunc(_ => Task.CompletedTask);

    [Fact]
    public async Task Spawn_WithAndWithoutName_GivesAPidThatAnswers()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await StartServerAsync();

        var named = await here.Remote.SpawnNamedAsync(there.Address, "first", "echo");
        var unnamed = await here.Remote.SpawnAsync(there.Address, "echo");

        Assert.Equal(there.Pid("first"), named);
        Assert.Equal(there.Address, unnamed.Address);
        Assert.Equal("re:one", await here.AskAsync(named, "one"));
        Assert.Equal("re:two", await here.AskAsync(unnamed, "two"));
    }

    [Fact]
    public async Task Spawn_OnTheOwnNode_GivesALocalPid()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(setup: setup => setup.AddKind("echo", Quiet), network: network);

        Assert.Equal(node.Pid("mine"), await node.Remote.SpawnNamedAsync(node.Address, "mine", "echo"));

        Assert.Equal(0, network.Dials);
    }

    [Fact]
    public async Task Spawn_UnderATakenName_SaysWhoHasIt()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await StartServerAsync();
        there.Spawn("taken");

        var failure = await ThrowsAsync(() => here.Remote.SpawnNamedAsync(there.Address, "taken", "echo"));

        Assert.Equal((RemoteError.NameExists, there.Pid("taken"), there.Address, false), (failure.Error, failure.Pid, failure.Address, failure.IsRetryable));
    }

    [Theory]
    [InlineData("nosuchkind")]
    [InlineData("thrower")]
    [InlineData("Echo")]
    public async Task Spawn_OfAKindThatIsUnknownOrThrows_FailsAtOnceForGood(string kind)
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await StartServerAsync();

        var failure = await ThrowsAsync(() => here.Remote.SpawnAsync(there.Address, kind));

        Assert.Equal((RemoteError.SpawnFailed, null, there.Address, false), (failure.Error, failure.Pid, failure.Address, failure.IsRetryable));
        Assert.Contains(kind, failure.Message, StringComparison.Ordinal);

        // The exception sends its reader to that log.
        Assert.Contains(kind == "thrower" ? "it threw" : "no such kind is registered here; there are: echo, ", (await there.Log.NextAsync("SpawnFailed")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spawn_AtADeadAddress_IsUnreachableAndRetryable()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(TestPeers.GiveUpQuickly, network: network);

        var failure = await ThrowsAsync(() => here.Remote.SpawnAsync("127.0.0.1:9", "echo"));

        Assert.Equal((RemoteError.Unreachable, "127.0.0.1:9", true), (failure.Error, failure.Address, failure.IsRetryable));
    }

    [Fact]
    public async Task Spawn_AtADeadAddressThatIsRetriedForLong_TimesOutAndIsRetryable()
    {
        await using var network = new InMemoryNetwork();
        var time = new ManualTimeProvider();
        await using var here = await TestNode.StartAsync(options => options.RequestTimeout = TimeSpan.FromSeconds(4), network: network, time: time);
        network.BlackHole("127.0.0.1:9");

        var spawn = here.Remote.SpawnAsync("127.0.0.1:9", "echo");
        await network.WaitForDialsAsync(1);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(4));
        time.Advance(TimeSpan.FromSeconds(4));

        var failure = await ThrowsAsync(() => spawn);
        Assert.Equal((RemoteError.Timeout, "127.0.0.1:9", true), (failure.Error, failure.Address, failure.IsRetryable));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("host:notaport")]
    [InlineData("host:70000")]
    [InlineData(":80")]
    public async Task Spawn_AtSomethingThatIsNoAddress_SaysSo(string address)
    {
        await using var here = await TestNode.StartAsync();

        var failure = await ThrowsAsync(() => here.Remote.SpawnAsync(address, "echo"));

        Assert.Equal((RemoteError.InvalidAddress, address, false), (failure.Error, failure.Address, failure.IsRetryable));
    }

    [Fact]
    public async Task Spawn_Cancelled_IsCancelled()
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(network: network);
        network.BlackHole("127.0.0.1:9");
        using var cancel = new CancellationTokenSource();

        var spawn = here.Remote.SpawnAsync("127.0.0.1:9", "echo", cancel.Token);
        await network.WaitForDialsAsync(1);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => spawn.Within("the cancelled spawn"));
    }

    [Fact]
    public async Task ManySpawnsAtOnce_AreAllDifferent()
    {
        var count = TestScale.Count(1000);
        await using var here = await TestNode.StartAsync();
        await using var there = await StartServerAsync();

        var pids = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => here.Remote.SpawnAsync(there.Address, "echo"))).Within("the spawns");

        Assert.Distinct(pids);
        Assert.All(pids, pid => Assert.NotNull(there.Find(pid.Id)));
    }

    [Fact]
    public async Task ManySpawnsUnderOneName_OneGetsItAndTheOthersLearnWho()
    {
        var count = TestScale.Count(1000);
        await using var here = await TestNode.StartAsync();
        await using var there = await StartServerAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            try
            {
                return (Won: true, Pid: await here.Remote.SpawnNamedAsync(there.Address, "only", "echo"));
            }
            catch (RemoteException failure) when (failure.Error == RemoteError.NameExists)
            {
                return (Won: false, Pid: failure.Pid!);
            }
        })).Within("the spawns");

        Assert.Single(outcomes, outcome => outcome.Won);
        Assert.All(outcomes, outcome => Assert.Equal(there.Pid("only"), outcome.Pid));
    }

    [Theory]
    [InlineData("$activator", 1, 2)]
    [InlineData("activator", 3, 4)]
    public async Task Activators_AnswerInTheTableOfTheirId(string activator, int nameExists, int error)
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await StartServerAsync();

        var ok = await AskAsync("name", "echo");
        var again = await AskAsync("name", "echo");
        var unknown = await AskAsync("other", "nosuchkind");
        var throwing = await AskAsync("other", "thrower");
        var unnamed = await AskAsync("", "echo");

        Assert.Equal([0, nameExists, error, error, 0], new[] { ok, again, unknown, throwing, unnamed }.Select(answer => answer.StatusCode));
        Assert.Equal((there.Address, "name"), (ok.Pid.Address, ok.Pid.Id));
        Assert.Equal((there.Address, "name"), (again.Pid.Address, again.Pid.Id));
        Assert.Null(unknown.Pid);
        Assert.Null(throwing.Pid);
        Assert.NotEqual("", unnamed.Pid.Id);

        Task<Wire.ActorPidResponse> AskAsync(string name, string kind) => here.Root.RequestAsync<Wire.ActorPidResponse>(
            there.Pid(activator), new Wire.ActorPidRequest { Name = name, Kind = kind }, TestTime.Ceiling);
    }

    [Theory]
    [InlineData("$activator")]
    [InlineData("activator")]
    public async Task Activators_SurviveWhateverPeersSend(string activator)
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await StartServerAsync();
        var target = there.Pid(activator);

        here.Root.Send(target, new StringValue { Value = "not a request" });
        here.Root.Send(target, new Wire.ActorPidRequest());
        here.Root.Send(target, new Wire.ActorPidRequest { Kind = "thrower" });
        here.Root.Send(target, new Wire.ActorPidRequest { Kind = "echo", Name = new string('x', 100_000) });
        here.Root.Send(target, new Wire.ActorPidRequest { Kind = "echo", Name = "$deadletter" });
        here.Root.Send(target, new Touch());
        here.Root.Stop(target);
        here.Root.Poison(target);

        Assert.Equal(there.Pid("after"), await here.Remote.SpawnNamedAsync(there.Address, "after", "echo"));
        var answer = await here.Root.RequestAsync<Wire.ActorPidResponse>(target, new Wire.ActorPidRequest { Kind = "echo", Name = "later" }, TestTime.Ceiling);
        Assert.Equal((0, "later"), (answer.StatusCode, answer.Pid.Id));
    }

    [Fact]
    public async Task SpawnedActor_OutlivesTheOneThatAskedAndFailsByItself()
    {
        await using var there = await StartServerAsync();
        await using (var here = await TestNode.StartAsync())
        {
            var pid = await here.Remote.SpawnNamedAsync(there.Address, "lasting", "failing");
            here.Root.Send(pid, new StringValue { Value = "fail" });
        }

        await using var other = await TestNode.StartAsync();
        Assert.Equal("re:still", await other.AskAsync(there.Pid("lasting"), "still"));
        Assert.Equal(there.Pid("more"), await other.Remote.SpawnNamedAsync(there.Address, "more", "echo"));
    }

    private static Task<TestNode> StartServerAsync() => TestNode.StartAsync(setup: setup => setup
        .AddKind("echo", Echo(_ => { }))
        .AddKind("failing", Echo(text => Assert.NotEqual("fail", text)))
        .AddKind("thrower", Props.FromProducer(() => throw new InvalidOperationException("No actor today."))));

    private static Props Echo(Action<string> check) => Props.FromFunc(context =>
    {
        if (context.Message is StringValue text)
        {
            check(text.Value);
            context.Respond(new StringValue { Value = "re:" + text.Value });
        }

        return Task.CompletedTask;
    });

    private static Task<RemoteException> ThrowsAsync(Func<Task<PID>> spawn) => Assert.ThrowsAsync<RemoteException>(() => spawn().Within("the spawn"));
}
