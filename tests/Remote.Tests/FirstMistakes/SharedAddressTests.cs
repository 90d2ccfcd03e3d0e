using Proto;
using Remote.Testing;
using static Remote.Tests.LogExpectations;

namespace Remote.Tests;

/// <summary>Two nodes advertise one address, as two copies of a configuration do. Each is alone with it until one meets the other, or a third meets both.</summary>
[Trait("Behaviour", "O-11")]
public sealed class SharedAddressTests : IAsyncLifetime
{
    private const string Shared = "myhost:5070";

    private readonly InMemoryNetwork _network = new();
    private TestNode _one = null!;
    private TestNode _other = null!;

    public async Task InitializeAsync()
    {
        _one = await StartAsync("one:5070");
        _other = await StartAsync("other:5070");
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Fact]
    public async Task Request_ToTheAddress_IsAnsweredByOneself_AndNobodyKnowsBetter()
    {
        Assert.Equal((Shared, Shared), (_one.Address, _other.Address));
        _one.SpawnEcho();

        Assert.Equal("re:hello", await _one.AskAsync(new PID(Shared, "echo"), "hello"));
        Assert.Equal(0, _network.Dials);
    }

    [Fact]
    public async Task Node_ThatMeetsTheOther_IsRefused_AndBothSayWhy()
    {
        var failure = await Assert.ThrowsAsync<RemoteException>(() => _one.Remote.WaitForConnectionAsync("other:5070").Within("the refusal"));

        string[] story = [Shared, "two nodes advertise one address", "AdvertisedHost"];
        AssertSays(failure.Message, story);
        await _one.Log.WarnsAsync("RefusedByPeer", 2028, ["other:5070", .. story]);
        await _other.Log.WarnsAsync("AddressShared", 2044, [_one.SystemId, .. story]);
    }

    [Fact]
    public async Task ThirdNode_ThatMeetsBoth_SaysWhoClaimsWhat()
    {
        _network.AddName(Shared, "one:5070");
        await using var third = await TestNode.StartAsync(network: _network, at: "third:5070");
        await third.Remote.WaitForConnectionAsync(Shared).Within("the connection to the one");

        await Assert.ThrowsAsync<RemoteException>(() => _other.Remote.WaitForConnectionAsync(third.Address).Within("the refusal"));

        await third.Log.WarnsAsync("IncarnationRefused", 2026, Shared, _other.SystemId, "two nodes may advertise one address", "AdvertisedHost");
    }

    private Task<TestNode> StartAsync(string at) =>
        TestNode.StartAsync(setup: setup => (setup.AdvertisedHost, setup.AdvertisedPort) = ("myhost", 5070), network: _network, at: at);
}
