using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Proto;
using Remote.Testing;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Which addresses a node dials, and because of whom.</summary>
[Trait("Behaviour", "H-04")]
public sealed class AllowDialTests : DisposedAfterTest
{
    private readonly InMemoryNetwork _network = new();
    private readonly ConcurrentQueue<(string Address, DialOrigin Origin)> _asked = new();

    [Fact]
    public async Task Hook_IsToldWhereTheAddressCameFrom()
    {
        await using var node = await StartAsync(_ => false);
        node.SpawnEcho();
        var watched = node.SpawnEcho("watched");
        node.Spawn("keeper", context =>
        {
            if (context.Message is Proto.Remote.ActorPidResponse { Pid: { } kept })
            {
                context.Send(kept, new StringValue { Value = "to a PID in a message" });
            }
        });
        await using var stranger = await Stranger.ConnectAsync(node.Address, address: "watcher:1", connect: _network.ConnectAsync);

        node.Root.Send(new PID("program:1", "x"), new StringValue());
        await stranger.SendAsync("echo", new StringValue(), new Wire.PID { Address = "sender:1", Id = "x" });
        await stranger.SendAsync("nobody", new StringValue(), new Wire.PID { Address = "sender:2", Id = "x" });
        await stranger.SendAsync("keeper", new Proto.Remote.ActorPidResponse { Pid = new PID("kept:1", "x") });
        await stranger.SendAsync("watched", new Watch { Watcher = new PID("watcher:1", "x") });
        await stranger.SendAsync("watched", new StringValue());
        await node.NextReceiptAsync("watched");
        await node.Root.StopAsync(watched).Within("the end of the actor");
        while (_asked.Count < 5)
        {
            await Task.Delay(1);
        }

        Assert.Equal(
            [
                ("kept:1", DialOrigin.Message), ("program:1", DialOrigin.Program), ("sender:1", DialOrigin.Message), ("sender:2", DialOrigin.Message),
                ("watcher:1", DialOrigin.Watch),
            ],
            _asked.Distinct().Order());
        Assert.Empty(node.Remote.GetEndpoints());
        Assert.Equal(1, _network.Dials);
    }

    [Fact]
    public async Task AddressThatIsRefused_IsADeadLetterAndAnError_AndIsAskedAboutAgain()
    {
        var isAllowed = false;
        await using var peer = await TestNode.StartAsync(network: _network);
        peer.SpawnEcho();
        await using var node = await StartAsync(_ => Volatile.Read(ref isAllowed));

        Assert.Equal(DeadLetterReason.Forbidden, await node.RefusedAsync(peer.Pid("echo"), "x"));
        var error = await Assert.ThrowsAsync<RemoteException>(() => node.Remote.WaitForConnectionAsync(peer.Address).Within("the refusal"));
        Assert.Contains("AllowDial", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, node.Remote.GetLimitStatistics().Refused["Hooks.AllowDial"]);
        Volatile.Write(ref isAllowed, true);

        Assert.Equal("re:x", await node.AskAsync(peer.Pid("echo"), "x").Within("an answer"));
    }

    [Fact]
    public async Task HookThatThrows_HasSaidNo()
    {
        await using var node = await StartAsync(_ => throw new InvalidOperationException("The list of addresses is on fire."));
        node.Log.Expect("DialHookFailed");

        Assert.Equal(DeadLetterReason.Forbidden, await node.RefusedAsync(new PID("peer:1", "x"), "x"));

        Assert.Contains("peer:1", (await node.Log.NextAsync("DialHookFailed")).Text, StringComparison.Ordinal);
    }

    /// <summary>A claim about an address that is in use is verified by a dial, and only if that is allowed.</summary>
    [Fact]
    public async Task Claim_IsNotVerifiedByADialThatIsNotAllowed()
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        await using var node = await TestNode.StartAsync(options => options.Hooks.AllowDial = Record(asked => asked.Origin == DialOrigin.Program), network: _network);
        await node.Remote.WaitForConnectionAsync(peer.Address).Within("the connection");
        var dials = _network.Dials;

        var refusal = await Assert.ThrowsAsync<RpcException>(() => Stranger.ConnectAsync(node.Address, "liar", peer.Address, _network.ConnectAsync));

        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
        Assert.Contains((peer.Address, DialOrigin.Handshake), _asked);
        Assert.Equal(dials + 1, _network.Dials);
    }

    /// <summary>Addresses that peers name take nine tenths of the places at the most.</summary>
    [Fact]
    public async Task AddressesOfStrangers_LeaveRoomForThoseOfTheProgram()
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        peer.SpawnEcho();
        await using var node = await TestNode.StartAsync(options => options.MaxEndpoints = 20, network: _network);
        node.SpawnEcho();
        await using var stranger = await Stranger.ConnectAsync(node.Address, connect: _network.ConnectAsync);
        for (var i = 0; i < 100; i++)
        {
            await stranger.SendAsync("echo", new StringValue(), new Wire.PID { Address = $"moon{i}:1", Id = "x" });
        }

        await node.Events.WaitForCountAsync<Receipt>(100);
        while (!node.Remote.GetLimitStatistics().Refused.ContainsKey("MaxEndpoints"))
        {
            await Task.Delay(1);
        }

        Assert.InRange(node.Remote.GetLimitStatistics().Endpoints, 1, 18);
        Assert.Equal("re:x", await node.AskAsync(peer.Pid("echo"), "x").Within("an answer from an address of the program"));
    }

    /// <summary>What is only remembered makes room, the oldest first.</summary>
    [Fact]
    public async Task EndpointsThatClosed_MakeRoomForOthers()
    {
        await using var peer = await TestNode.StartAsync(network: _network);
        peer.SpawnEcho();
        await using var node = await TestNode.StartAsync(
            options =>
            {
                TestPeers.GiveUpQuickly(options);
                (options.MaxEndpoints, options.QuarantineDuration) = (5, TimeSpan.Zero);
            },
            network: _network);
        for (var i = 0; i < 5; i++)
        {
            node.Root.Send(new PID($"nobody{i}:1", "x"), new StringValue());
        }

        await node.Events.WaitForCountAsync<EndpointTerminated>(5);

        Assert.Equal("re:x", await node.AskAsync(peer.Pid("echo"), "x").Within("an answer"));
        Assert.InRange(node.Remote.GetLimitStatistics().Endpoints, 1, 5);
    }

    /// <summary>Clients take their places too, also those that have left: thousands may come and go within the ten minutes that they are remembered.</summary>
    [Fact]
    public async Task Clients_AreEndpointsToo()
    {
        await using var node = await TestNode.StartAsync(options => options.MaxEndpoints = 10, network: _network);
        List<PlayedDialler> open = [];
        for (var i = 0; i < 9; i++)
        {
            open.Add(await DialAsync(i));
            Assert.NotNull((await open[i].ReadAsync())!.ConnectResponse);
        }

        var refused = await DialAsync(9);
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(refused.ReadAsync)).StatusCode);
        foreach (var dialler in open.Append(refused))
        {
            await dialler.DisposeAsync();
        }

        await node.Events.WaitForCountAsync<EndpointTerminated>(9);
        for (var i = 10; i < 40; i++)
        {
            await using var next = await DialAsync(i);
            try
            {
                await next.ReadAsync();
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
            {
                // Room is made twice a second.
                await Task.Delay(100);
            }
        }

        Assert.InRange(node.Remote.GetLimitStatistics().Endpoints, 1, 10);

        async Task<PlayedDialler> DialAsync(int i)
        {
            var dialler = await PlayedDialler.DialAsync(_network, node.Address);
            await dialler.SendAsync(new Wire.RemoteMessage { ConnectRequest = new Wire.ConnectRequest { ClientConnection = new Wire.ClientConnection { MemberId = $"client{i}" } } });
            return dialler;
        }
    }

    public override ValueTask DisposeAsync() => _network.DisposeAsync();

    private Task<TestNode> StartAsync(Func<(string Address, DialOrigin Origin), bool> allows) =>
        TestNode.StartAsync(options => options.Hooks.AllowDial = Record(allows), network: _network);

    private Func<string, DialOrigin, bool> Record(Func<(string Address, DialOrigin Origin), bool> allows) => (address, origin) =>
    {
        _asked.Enqueue((address, origin));
        return allows((address, origin));
    };
}
