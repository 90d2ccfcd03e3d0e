using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>PIDs and addresses in all the ways in which applications hold them.</summary>
[Trait("Behaviour", "E-01")]
public sealed class AddressTests
{
    /// <summary>A cluster makes the address of its member of them.</summary>
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    public async Task HostAndPort_OfTheActorSystem_MakeUpItsAddress(string host)
    {
        await using var node = await TestNode.StartAsync(at: $"{host}:0");

        var (knownHost, knownPort) = node.ActorSystem.GetAddress();

        Assert.Equal((host, node.Address), (knownHost, $"{knownHost}:{knownPort}"));
    }

    [Fact]
    public async Task HostOfTheActorSystem_WithoutAListener_IsThatOfAClient()
    {
        await using var system = new ActorSystem().WithClientRemote(RemoteConfig.BindToLocalhost());
        await system.Remote().StartAsync();

        Assert.Equal(($"$client/{system.Id}", 0), system.GetAddress());
        Assert.Equal($"$client/{system.Id}", system.Address);
        await system.Remote().ShutdownAsync();
    }

    [Fact]
    public async Task OnePidObject_AcrossARestartOfItsNode_ReachesTheNewOne()
    {
        await using var here = await TestNode.StartAsync();
        PID shared;
        int port;
        await using (var first = await TestNode.StartAsync())
        {
            first.SpawnEcho();
            (shared, port) = (first.Pid("echo"), first.Port);
            Assert.Equal("re:first", await here.AskAsync(shared, "first"));
        }

        await here.Events.NextAsync<EndpointTerminated>();
        await using var second = await TestNode.StartAsync(at: $"127.0.0.1:{port}");
        second.SpawnEcho();

        Assert.Equal("re:second", await here.AskAsync(shared, "second"));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("host:notaport")]
    [InlineData("host:70000")]
    [InlineData("unix://relative")]
    [InlineData("$client/unknown")]
    [InlineData("$client")]
    [InlineData("$client.x")]
    public async Task Send_ToSomethingThatIsNoAddress_IsADeadLetterAndARequestFailsAtOnce(string address)
    {
        await using var node = await TestNode.StartAsync();

        node.Root.Send(new PID(address, "x"), new StringValue { Value = "lost" });
        var refusal = await node.RefusalAsync(new PID(address, "x"), new StringValue { Value = "lost too" });

        Assert.Equal(new PID(address, "x"), refusal.Target);
        Assert.Equal(2, (await node.Events.WaitForCountAsync<DeadLetterEvent>(2)).Count);
        Assert.Equal(EndpointState.Idle, node.Remote.GetEndpointState(address));

        // One line for each address, however often somebody sends there; and nobody can tell a client that never came from one that left.
        Assert.Equal(address.StartsWith("$client/", StringComparison.Ordinal) ? 0 : 1, node.Log.Lines.Count(line => line.Event.Name == "AddressRefused"));
    }

    [Fact]
    public async Task Node_OnAWildcard_AdvertisesWhatItIsTold()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync(setup: setup => setup.AdvertisedHost = "localhost", at: "0.0.0.0:0");
        there.SpawnEcho();

        Assert.StartsWith("localhost:", there.Address, StringComparison.Ordinal);
        Assert.Equal("re:hello", await here.AskAsync(there.Pid("echo"), "hello"));
        Assert.Equal("re:by number", await here.AskAsync(new PID($"127.0.0.1:{there.Port}", "echo"), "by number"));
    }

    [Fact]
    public async Task Node_OnAWildcardThatAdvertisesNothing_DoesNotStart()
    {
        await using var system = new ActorSystem();

        var failure = await Assert.ThrowsAsync<RemoteException>(() => new ReliableRemote(system, RemoteConfig.BindToAllInterfaces()).StartAsync().Within("starting"));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        Assert.Contains(nameof(RemoteConfig.AdvertisedHost), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Node_OnIPv6Loopback_IsReachedInBrackets()
    {
        Assert.True(System.Net.Sockets.Socket.OSSupportsIPv6, "This machine has no IPv6 loopback.");
        await using var here = await TestNode.StartAsync(at: "[::1]:0");
        await using var there = await TestNode.StartAsync(at: "[::1]:0");
        there.SpawnEcho();

        Assert.StartsWith("[::1]:", there.Address, StringComparison.Ordinal);
        Assert.Equal("re:six", await here.AskAsync(there.Pid("echo"), "six"));
    }

    [Fact]
    public async Task LateAnswer_OfARequestThatWasGivenUp_HarmsNobody()
    {
        await using var here = await TestNode.StartAsync();
        await using var there = await TestNode.StartAsync();
        PID? waiting = null;
        there.Spawn("slow", context =>
        {
            switch (context.Message)
            {
                case StringValue { Value: "first" }:
                    waiting = context.Sender;
                    break;
                case StringValue text:
                    context.Send(waiting!, new StringValue { Value = "late" });
                    context.Respond(new StringValue { Value = "re:" + text.Value });
                    break;
            }
        });
        using var cancel = new CancellationTokenSource();

        var first = here.Root.RequestAsync<StringValue>(there.Pid("slow"), new StringValue { Value = "first" }, cancel.Token);
        await there.NextReceiptAsync("slow");
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => first.Within("the request that was given up"));

        Assert.Equal("re:second", await here.AskAsync(there.Pid("slow"), "second"));
        Assert.Equal("re:third", await here.AskAsync(there.Pid("slow"), "third"));
    }

    [Fact]
    public async Task MoreAddressesThanEndpointsAreAllowed_AreDeadLetters()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(options => options.MaxEndpoints = 2, network: network);
        network.BlackHole("127.0.0.1:1");
        network.BlackHole("127.0.0.1:2");
        node.Root.Send(new PID("127.0.0.1:1", "x"), new StringValue());
        node.Root.Send(new PID("127.0.0.1:2", "x"), new StringValue());

        await Assert.ThrowsAsync<DeadLetterException>(() => node.AskAsync(new PID("127.0.0.1:3", "x"), "one too many").Within("the request"));

        await network.WaitForDialsAsync(2);
        Assert.Equal(2, network.Dials);
    }
}
