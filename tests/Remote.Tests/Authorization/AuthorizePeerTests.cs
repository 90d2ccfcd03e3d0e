using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>The hook that decides who may connect: what it sees, and what becomes of its answers.</summary>
[Trait("Behaviour", "H-04")]
public sealed class AuthorizePeerTests : DisposedAfterTest
{
    private readonly InMemoryNetwork _network = new();

    [Fact]
    public async Task Hook_OfAPeerWithAListener_SeesWhoItSaysItIs()
    {
        var seen = new TaskCompletionSource<RemotePeer>();
        await using var node = await StartAsync(peer => Answer(seen, peer, RemotePermission.Allow));
        await using var peer = await TestNode.StartAsync(network: _network, at: "peer:8000");

        await peer.Remote.WaitForConnectionAsync(node.Address).Within("the connection");

        var who = await seen.Task.Within("the hook");
        Assert.Equal((peer.SystemId, "peer:8000", false, false, true), (who.SystemId, who.Address, who.IsClient, who.IsDialled, who.IsLocal));
        Assert.Null(who.Certificate);
        Assert.Null(who.User);
        Assert.Contains(who.Headers, header => header.Key == "user-agent");
    }

    [Fact]
    public async Task Hook_OfAClient_SeesItsName()
    {
        var seen = new TaskCompletionSource<RemotePeer>();
        await using var node = await StartAsync(peer => Answer(seen, peer, RemotePermission.Allow));
        await using var client = await TestNode.StartClientAsync(network: _network);

        await client.Remote.WaitForConnectionAsync(node.Address).Within("the connection");

        var who = await seen.Task.Within("the hook");
        Assert.Equal((client.SystemId, $"$client/{client.SystemId}", true), (who.SystemId, who.Address, who.IsClient));
    }

    [Fact]
    public async Task Hook_OverSockets_SeesWhereTheConnectionComesFrom()
    {
        var seen = new TaskCompletionSource<RemotePeer>();
        await using var node = await TestNode.StartAsync(options => options.Hooks.AuthorizePeer = (peer, _) => Answer(seen, peer, RemotePermission.Allow));
        await using var peer = await TestNode.StartAsync();

        await peer.Remote.WaitForConnectionAsync(node.Address).Within("the connection");

        var who = await seen.Task.Within("the hook");
        Assert.Equal("127.0.0.1", who.RemoteEndPoint!.Address.ToString());
        Assert.NotEqual(0, who.RemoteEndPoint.Port);
        Assert.Equal($"{peer.Address} ({who.RemoteEndPoint})", who.ToString());
    }

    [Fact]
    public async Task Hook_OverAUnixSocket_SeesTheUser()
    {
        var folder = Directory.CreateTempSubdirectory("remote-uid-");
        var seen = new TaskCompletionSource<RemotePeer>();
        await using (var node = await TestNode.StartAsync(options =>
        {
            options.UnixSocketPath = Path.Combine(folder.FullName, "node");
            options.Hooks.AuthorizePeer = (peer, _) => Answer(seen, peer, RemotePermission.Allow);
        }))
        {
            await using var peer = await TestNode.StartAsync();
            await peer.Remote.WaitForConnectionAsync(node.Address).Within("the connection");

            var who = await seen.Task.Within("the hook");
            var own = OperatingSystem.IsLinux() ? await OwnUserAsync() : null;
            Assert.Equal((own, null, true), (who.UserId, who.RemoteEndPoint, who.IsLocal));
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Denied_IsToldTheReasonAndDoesNotTryAgain()
    {
        await using var node = await StartAsync(peer => ValueTask.FromResult(RemotePermission.Deny($"{peer.Address} is not of this shop")));
        await using var peer = await TestNode.StartAsync(network: _network, at: "peer:8000");

        peer.Root.Send(node.Pid("anybody"), new StringValue { Value = "let me in" });

        Assert.Equal(EndpointTerminatedReason.Refused, (await peer.Events.NextAsync<EndpointTerminated>()).Reason);
        var row = peer.Remote.GetEndpointStatistics(node.Address)!;
        Assert.Equal("Not allowed: peer:8000 is not of this shop.", row.LastError);
        Assert.Equal((1, 0), (row.DeniedByPeer, row.Reconnects));
        Assert.Equal(1, node.Remote.GetAccessStatistics().DeniedPeers);
        Assert.EndsWith(
            "is not of this shop. RemoteOptions.Hooks.AuthorizePeer says so.", (await node.Log.NextAsync("PeerDenied")).Text, StringComparison.Ordinal);
        Assert.Contains("is not of this shop", (await peer.Log.NextAsync("RefusedByPeer")).Text, StringComparison.Ordinal);
        Assert.Single(_network.Connections, connection => connection.Address == node.Address);
    }

    [Fact]
    public async Task Denied_IsCountedInTheRowOfAKnownPeer()
    {
        await using var node = await StartAsync(_ => ValueTask.FromResult(RemotePermission.Deny("no")));
        await using var peer = await TestNode.StartAsync(network: _network);
        await node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection in the other direction");

        await Assert.ThrowsAsync<RemoteException>(() => peer.Remote.WaitForConnectionAsync(node.Address).Within("a refusal"));

        Assert.Equal(1, node.Remote.GetEndpointStatistics(peer.Address)!.Denied);
    }

    [Fact]
    public async Task Denied_NothingOfItIsDelivered()
    {
        await using var node = await StartAsync(_ => ValueTask.FromResult(RemotePermission.Deny("no")));
        node.Spawn("sink");
        await using var dialler = await PlayedDialler.DialAsync(_network, node.Address);

        // At once, without waiting for an answer.
        await dialler.Call.WriteMessageAsync(PlayedDialler.Request("stranger", "stranger:1")).AsTask().Within("the handshake");
        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await dialler.Call.WriteMessageAsync(PlayedDialler.Batch("sink", new StringValue { Value = "let me in" }));
            await dialler.ReadAsync();
        });

        Assert.True(refusal.StatusCode is StatusCode.PermissionDenied or StatusCode.Cancelled, refusal.ToString());
        Assert.Empty(node.Events.Of<Receipt>());
    }

    [Fact]
    public async Task Closed_LooksLikeACut()
    {
        var answers = 0;
        await using var node = await StartAsync(_ => ValueTask.FromResult(
            Interlocked.Increment(ref answers) == 1 ? RemotePermission.Close("not now") : RemotePermission.Allow));
        await using var peer = await TestNode.StartAsync(options => options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1), network: _network);

        await peer.Remote.WaitForConnectionAsync(node.Address).Within("the second attempt");

        Assert.Single(await peer.PublishedAsync<EndpointReconnecting>());
        Assert.Equal((0, 1), (node.Remote.GetAccessStatistics().DeniedPeers, node.Remote.GetAccessStatistics().ClosedPeers));
    }

    [Fact]
    public async Task HookThatThrows_MeansNo()
    {
        await using var node = await StartAsync(_ => throw new InvalidOperationException("the directory is down"));
        node.Log.Expect("AuthorizationFailed");
        await using var peer = await TestNode.StartAsync(network: _network);

        var refusal = await Assert.ThrowsAsync<RemoteException>(() => peer.Remote.WaitForConnectionAsync(node.Address).Within("a refusal"));

        // What went wrong here is nobody else's business.
        Assert.DoesNotContain("directory", refusal.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>((await node.Log.NextAsync("AuthorizationFailed")).Exception);
    }

    [Fact]
    public async Task HookThatNeverAnswers_EndsWithTheTimeOfAHandshake()
    {
        var never = new TaskCompletionSource<RemotePermission>();
        CancellationToken given = default;

        // On a web server that is shared, where no other deadline ends the connection.
        await using var host = await GuardedHost.StartAsync(options =>
        {
            options.HandshakeTimeout = TimeSpan.FromMilliseconds(50);
            options.Hooks.AuthorizePeer = (_, token) =>
            {
                given = token;
                return new ValueTask<RemotePermission>(never.Task);
            };
        });

        var refusal = await Assert.ThrowsAsync<RpcException>(
            () => PlayedCalls.AskAsync(host.Address, RemotingMethods.ListProcesses, new Wire.ListProcessesRequest()));

        Assert.Equal(StatusCode.DeadlineExceeded, refusal.StatusCode);
        Assert.True(given.IsCancellationRequested);
    }

    [Fact]
    public async Task ReasonOnManyLines_IsToldOnOne()
    {
        await using var node = await StartAsync(_ => ValueTask.FromResult(RemotePermission.Deny("first\r\nsecond: ärger")));
        await using var dialler = await PlayedDialler.DialAsync(_network, node.Address);
        await dialler.SendAsync(PlayedDialler.Request("stranger", "stranger:1"));

        Assert.Equal("Not allowed: first second: ärger.", (await Assert.ThrowsAsync<RpcException>(dialler.ReadAsync)).Status.Detail);
    }

    [Fact]
    public void PermissionThatNobodySet_IsANo()
    {
        RemotePermission unset = default;

        Assert.False(unset.IsAllowed);
        Assert.NotEmpty(unset.Reason);
    }

    [Fact]
    [Trait("Behaviour", "D-02")]
    public async Task Diagnostics_OnTheConnectionOfABlockedPeer_AreRefused()
    {
        var seen = new List<string?>();
        await using var node = await StartAsync(peer =>
        {
            lock (seen)
            {
                seen.Add(peer.SystemId);
            }

            return ValueTask.FromResult(RemotePermission.Allow);
        });
        using var channel = PlayedCalls.PlainChannel(node.Address, _network.ConnectAsync);
        var invoker = channel.CreateCallInvoker();
        using var stream = invoker.AsyncDuplexStreamingCall(RemotingMethods.Dialled, host: null, default);
        var handshake = Google.Protobuf.MessageExtensions.ToByteArray(PlayedDialler.Request("guest", "guest:1"));
        await stream.RequestStream.WriteAsync(new OutboundFrame { Message = handshake });
        Assert.True(await stream.ResponseStream.MoveNext(default).Within("the answer"));
        Task<Wire.ListProcessesResponse> ListAsync() => invoker.AsyncUnaryCall(
            RemotingMethods.ListProcesses, host: null, default, new Wire.ListProcessesRequest()).ResponseAsync.Within("a list");

        await ListAsync();
        node.Remote.PeerBlockList.BlockSystem("guest");

        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(ListAsync)).StatusCode);
        Assert.Equal(["guest", "guest", "guest"], seen);
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    private static ValueTask<RemotePermission> Answer(TaskCompletionSource<RemotePeer> seen, RemotePeer peer, RemotePermission answer)
    {
        seen.TrySetResult(peer);
        return ValueTask.FromResult(answer);
    }

    /// <summary>As the kernel tells it of this process: real, effective, saved.</summary>
    private static async Task<uint?> OwnUserAsync()
    {
        var lines = await File.ReadAllLinesAsync("/proc/self/status");
        var users = lines.Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t', StringSplitOptions.RemoveEmptyEntries);
        return uint.Parse(users[2], System.Globalization.CultureInfo.InvariantCulture);
    }

    private Task<TestNode> StartAsync(Func<RemotePeer, ValueTask<RemotePermission>> hook) =>
        TestNode.StartAsync(options => options.Hooks.AuthorizePeer = (peer, _) => hook(peer), network: _network);
}
