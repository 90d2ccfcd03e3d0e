using System.Net.Sockets;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Hosts that peers are told to dial: what cannot be dialled is refused at the start, with what is right.</summary>
[Trait("Behaviour", "I-02")]
public sealed class AdvertisedHostTests
{
    [Theory]
    [InlineData("http://host", "is a URL; only its host is wanted")]
    [InlineData("host:8080", "has a port; that is what AdvertisedPort is for")]
    [InlineData(" host", "has a space in it")]
    [InlineData("a b", "has a space in it")]
    [InlineData("", "is no host name and no IP address")]
    [InlineData("[::1]:80", "has a port; that is what AdvertisedPort is for")]
    [InlineData("fe80::1", "is a link-local address without its zone")]
    [InlineData("[fe80::1]", "is a link-local address without its zone")]
    [InlineData("::", "stands for all addresses and cannot be dialled")]
    [InlineData("[::]", "stands for all addresses and cannot be dialled")]
    [InlineData("0.0.0.0", "stands for all addresses and cannot be dialled")]
    [InlineData("*", "stands for all addresses and cannot be dialled")]
    [InlineData("+", "stands for all addresses and cannot be dialled")]
    public async Task Start_WithAHostThatCannotBeDialled_FailsAndSaysWhatIsRight(string host, string fault)
    {
        await using var network = new InMemoryNetwork();
        await using var system = new ActorSystem();
        await using var remote = Node(system, network, host);

        var failure = await Assert.ThrowsAsync<RemoteException>(() => remote.StartAsync().Within("the refusal"));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        Assert.Contains($"RemoteConfig.AdvertisedHost '{host}' {fault}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("it must be a host that peers can dial, such as node1.example.com", failure.Message, StringComparison.Ordinal);
        Assert.Equal((false, ActorSystem.NoHost), (remote.Started, system.Address));
        await Assert.ThrowsAsync<SocketException>(() => network.ConnectAsync("127.0.0.1:8000", CancellationToken.None).AsTask());
    }

    [Theory]
    [InlineData("node1.example.com", "node1.example.com:8000")]
    [InlineData("Node1.Example.com.", "node1.example.com:8000")]
    [InlineData("10.0.0.1", "10.0.0.1:8000")]
    [InlineData("::1", "[::1]:8000")]
    [InlineData("[::1]", "[::1]:8000")]
    [InlineData("fe80::1%1", "[fe80::1%1]:8000")]
    public async Task Start_WithAHostThatCanBeDialled_IsThatAddress(string host, string address)
    {
        await using var network = new InMemoryNetwork();
        await using var system = new ActorSystem();
        await using var remote = Node(system, network, host);

        await remote.StartAsync().Within("the start");

        Assert.Equal((address, address), (remote.Address, system.Address));
        Assert.True(PeerAddress.IsValid(address));
    }

    private static ReliableRemote Node(ActorSystem system, InMemoryNetwork network, string host)
    {
        var options = new RemoteOptions();
        options.Hooks.ListenerFactory = network;
        return new ReliableRemote(system, RemoteConfig.BindToLocalhost(8000).WithAdvertisedHost(host), options);
    }
}
