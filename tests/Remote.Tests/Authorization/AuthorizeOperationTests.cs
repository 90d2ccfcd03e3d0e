using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The hook that decides what a peer may do beyond sending messages.</summary>
[Trait("Behaviour", "H-04")]
public sealed class AuthorizeOperationTests : DisposedAfterTest
{
    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task Spawn_OfAKindThatIsNotAllowed_FailsWithTheReason()
    {
        await using var node = await StartAsync(operation =>
            operation is { Kind: RemoteOperationKind.Spawn, Subject: "secret" } ? RemotePermission.Deny("only the shop spawns that") : RemotePermission.Allow);
        await using var peer = await TestNode.StartAsync(network: _network);

        var refusal = await Assert.ThrowsAsync<RemoteException>(() => peer.Remote.SpawnAsync(node.Address, "secret").Within("a refusal"));
        var spawned = await peer.Remote.SpawnAsync(node.Address, "open").Within("a spawn");

        Assert.Equal((RemoteError.Forbidden, false), (refusal.Error, refusal.IsRetryable));
        Assert.Equal(node.Address, spawned.Address);
        Assert.Equal(1, peer.Remote.GetEndpointStatistics(node.Address)!.DeniedByPeer);
        Assert.Equal(1, node.Remote.GetAccessStatistics().DeniedOperations["Spawn"]);
        Assert.Equal(DeadLetterReason.Forbidden, (await node.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        var line = (await node.Log.NextAsync("OperationDenied")).Text;
        Assert.Contains("Spawn of secret", line, StringComparison.Ordinal);
        Assert.Contains("only the shop spawns that", line, StringComparison.Ordinal);
        Assert.Contains(peer.Address, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ThatIsNotAllowed_LeavesTheActorAlone()
    {
        await using var node = await StartAsync(operation =>
            operation.Kind == RemoteOperationKind.Stop ? RemotePermission.Deny("no") : RemotePermission.Allow);
        node.SpawnEcho();
        await using var peer = await TestNode.StartAsync(network: _network);
        await peer.Remote.WaitForConnectionAsync(node.Address).Within("the connection");
        await node.Remote.WaitForConnectionAsync(peer.Address).Within("the row of the peer");

        peer.Root.Poison(node.Pid("echo"));
        peer.Root.Stop(node.Pid("echo"));

        var letters = new[] { await node.Events.NextAsync<RemoteDeadLetterEvent>(), await node.Events.NextAsync<RemoteDeadLetterEvent>() };
        Assert.All(letters, letter => Assert.Equal(DeadLetterReason.Forbidden, letter.Reason));
        Assert.Equal("re:still here?", await peer.AskAsync(node.Pid("echo"), "still here?"));
        Assert.Equal(2, node.Remote.GetEndpointStatistics(peer.Address)!.Denied);
        Assert.Equal(2, node.Remote.GetEndpointStatistics(peer.Address)!.Rejected["Forbidden"]);
    }

    /// <summary>Proto.Actor waits for the end of the actor, which never comes.</summary>
    [Fact]
    public async Task StopAsync_ThatMayWatchAndNotStop_FailsAndSaysWhat()
    {
        await using var node = await StartAsync(operation =>
            operation.Kind == RemoteOperationKind.Stop ? RemotePermission.Deny("no") : RemotePermission.Allow);
        node.SpawnEcho();
        await using var peer = await TestNode.StartAsync(network: _network);

        var refusal = await Assert.ThrowsAsync<RemoteException>(() => peer.Root.StopAsync(node.Pid("echo")).Within("the end of StopAsync"));
        await Assert.ThrowsAsync<RemoteException>(() => peer.Root.PoisonAsync(node.Pid("echo")).Within("the end of PoisonAsync"));

        Assert.Equal((RemoteError.Forbidden, node.Address), (refusal.Error, refusal.Address));
        Assert.Equal($"{node.Address} does not let this node stop 'echo'. Its log has the reason.", refusal.Message);
        Assert.StartsWith(
            $"{node.Address} does not let this node stop echo: StopAsync or PoisonAsync fails, and the actor goes on. Let this node do it there (RemoteOptions.Hooks.AuthorizeOperation;",
            (await peer.Log.NextAsync("StopDenied")).Text,
            StringComparison.Ordinal);
        Assert.EndsWith("no. RemoteOptions.Hooks.AuthorizeOperation says so.", (await node.Log.NextAsync("OperationDenied")).Text, StringComparison.Ordinal);
        Assert.Equal("re:still here?", await peer.AskAsync(node.Pid("echo"), "still here?"));
        Assert.Equal(2, peer.Remote.GetEndpointStatistics(node.Address)!.DeniedByPeer);
    }

    [Fact]
    public void StopRequests_KeepTheLatestOfRequests()
    {
        var requests = new StopRequests();
        var echo = new PID("here:1", "echo");
        requests.Watched(echo, new PID("peer:1", "actor"));
        Assert.Null(requests.Take(echo));

        for (uint i = 1; i <= 300; i++)
        {
            requests.Watched(new PID("here:1", $"echo{i}"), new PID("peer:1", "$1~") { RequestId = i });
        }

        Assert.Null(requests.Take(new PID("here:1", "echo44")));
        Assert.Equal(45u, requests.Take(new PID("here:1", "echo45"))!.RequestId);
        Assert.Null(requests.Take(new PID("here:1", "echo45")));
        Assert.Equal(300u, requests.Take(new PID("here:1", "echo300"))!.RequestId);
    }

    [Fact]
    public async Task Watch_ThatIsNotAllowed_IsAnsweredAtOnce()
    {
        await using var node = await StartAsync(operation =>
            operation.Kind == RemoteOperationKind.Watch ? RemotePermission.Deny("no") : RemotePermission.Allow);
        node.SpawnEcho();
        await using var peer = await TestNode.StartAsync(network: _network);
        peer.Spawn("watcher", context =>
        {
            if (context.Message is Started)
            {
                context.Watch(node.Pid("echo"));
            }
        });

        var told = (Terminated)(await peer.NextReceiptAsync("watcher")).Message;

        Assert.Equal((node.Pid("echo"), TerminatedReason.AddressTerminated), (told.Who, told.Why));
        Assert.Equal(1, node.Remote.GetAccessStatistics().DeniedOperations["Watch"]);
        Assert.Equal("re:still here?", await peer.AskAsync(node.Pid("echo"), "still here?"));
    }

    /// <summary>It has nothing to unwatch, and need not fill the mailbox with it.</summary>
    [Fact]
    public async Task Unwatch_OfWhoeverMayNotWatch_GoesNowhere()
    {
        await using var node = await StartAsync(operation =>
            operation.Kind == RemoteOperationKind.Watch ? RemotePermission.Deny("no") : RemotePermission.Allow);
        node.SpawnEcho();
        await using var stranger = await Stranger.ConnectAsync(node.Address, connect: _network.ConnectAsync);

        await stranger.SendAsync("echo", new Unwatch { Watcher = new PID("stranger:1", "x") });
        await stranger.SendAsync("echo", new StringValue { Value = "behind it" });
        await node.NextReceiptAsync("echo");

        Assert.Equal(1, node.Remote.GetAccessStatistics().DeniedOperations["Watch"]);
        Assert.Empty(await node.PublishedAsync<RemoteDeadLetterEvent>());
    }

    [Fact]
    public async Task Hook_SeesThePeerAndWhatItWants()
    {
        var probe = new EventProbe();
        await using var node = await StartAsync(operation =>
        {
            probe.Record(operation);
            return RemotePermission.Allow;
        });
        await using var peer = await TestNode.StartAsync(network: _network, at: "peer:8000");
        var pid = await peer.Remote.SpawnNamedAsync(node.Address, "spawned", "open").Within("a spawn");
        await peer.Root.StopAsync(pid).Within("a stop");

        foreach (var (kind, subject) in new[] { (RemoteOperationKind.Spawn, "open"), (RemoteOperationKind.Watch, "spawned"), (RemoteOperationKind.Stop, "spawned") })
        {
            var asked = await probe.NextAsync<RemoteOperation>(operation => operation.Kind == kind);
            Assert.Equal((subject, peer.SystemId, "peer:8000"), (asked.Subject, asked.Peer.SystemId, asked.Peer.Address));
        }

        // Nothing is asked about a message.
        node.SpawnEcho();
        var before = probe.Events.Count;
        Assert.Equal("re:hello", await peer.AskAsync(node.Pid("echo"), "hello"));
        Assert.Equal(before, probe.Events.Count);
    }

    [Fact]
    public async Task Server_ThatWantsSomethingOfAClient_IsJudgedByTheClient()
    {
        await using var node = await TestNode.StartAsync(network: _network);
        await using var client = await TestNode.StartClientAsync(
            options => options.Hooks.AuthorizeOperation = operation =>
                operation.Kind == RemoteOperationKind.Stop && operation.Peer.IsDialled ? RemotePermission.Deny("no") : RemotePermission.Allow,
            network: _network);
        client.SpawnEcho();
        await client.Remote.WaitForConnectionAsync(node.Address).Within("the connection");
        var echo = new PID($"$client/{client.SystemId}", "echo");

        node.Root.Poison(echo);

        Assert.Equal(DeadLetterReason.Forbidden, (await client.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.Equal("re:hello", await node.AskAsync(echo, "hello"));
    }

    [Fact]
    public async Task Closed_LosesItsConnection()
    {
        var isClosed = false;
        await using var node = await StartAsync(operation =>
        {
            if (operation.Kind == RemoteOperationKind.Stop && !isClosed)
            {
                isClosed = true;
                return RemotePermission.Close("go away");
            }

            return RemotePermission.Allow;
        });
        node.SpawnEcho();
        await using var peer = await TestNode.StartAsync(options => options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1), network: _network);
        await peer.Remote.WaitForConnectionAsync(node.Address).Within("the connection");

        peer.Root.Poison(node.Pid("echo"));

        await peer.Events.NextAsync<EndpointReconnecting>();
        Assert.Equal(DeadLetterReason.Forbidden, (await node.Events.NextAsync<RemoteDeadLetterEvent>()).Reason);
        Assert.Equal("re:again", await peer.AskAsync(node.Pid("echo"), "again"));
        Assert.Equal(1, node.Remote.GetAccessStatistics().ClosedPeers);
    }

    [Fact]
    public async Task HookThatThrows_MeansNo()
    {
        await using var node = await StartAsync(_ => throw new InvalidOperationException("on purpose"));
        node.Log.Expect("AuthorizationFailed");
        await using var peer = await TestNode.StartAsync(network: _network);

        var refusal = await Assert.ThrowsAsync<RemoteException>(() => peer.Remote.SpawnAsync(node.Address, "open").Within("a refusal"));

        Assert.Equal(RemoteError.Forbidden, refusal.Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_AreJudgedByTheirMethod(bool closes)
    {
        var answer = closes ? RemotePermission.Close("no") : RemotePermission.Deny("no lists here");
        await using var node = await TestNode.StartAsync(options => options.Hooks.AuthorizeOperation = operation =>
            operation is { Kind: RemoteOperationKind.Diagnostics, Subject: "ListProcesses" } or { Kind: RemoteOperationKind.Administration, Subject: "Block" }
                ? answer : RemotePermission.Allow);
        using var channel = PlayedCalls.PlainChannel(node.Address);
        var admin = new Wire.Admin.AdminClient(channel);

        var list = await Assert.ThrowsAsync<RpcException>(() => PlayedCalls.AskAsync(node.Address, RemotingMethods.ListProcesses, new Wire.ListProcessesRequest()));
        var block = await Assert.ThrowsAsync<RpcException>(() => admin.BlockAsync(new Wire.BlockRequest { Address = "a:1" }).ResponseAsync.Within("a block"));

        Assert.All([list, block], refusal => Assert.Equal(closes, refusal.StatusCode != StatusCode.PermissionDenied));
        Assert.All([list, block], refusal => Assert.Equal(!closes, refusal.Status.Detail == "Not allowed: no lists here."));
        Assert.Empty(node.Remote.PeerBlockList.Entries);
        await admin.UnblockAsync(new Wire.UnblockRequest { Address = "a:1" }).ResponseAsync.Within("an unblock");
        var denied = node.Remote.GetAccessStatistics().DeniedOperations;
        Assert.Equal((1, 1), (denied["Diagnostics"], denied["Administration"]));
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    private Task<TestNode> StartAsync(Func<RemoteOperation, RemotePermission> hook) => TestNode.StartAsync(
        options => options.Hooks.AuthorizeOperation = hook,
        setup => setup.AddKind("open", Props.FromFunc(_ => Task.CompletedTask)).AddKind("secret", Props.FromFunc(_ => Task.CompletedTask)),
        _network);
}
