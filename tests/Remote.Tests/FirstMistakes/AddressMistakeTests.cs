using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote.Testing;
using static Remote.Tests.LogExpectations;

namespace Remote.Tests;

/// <summary>Addresses as people write them: whoever uses one is told what is wrong with it and what is right, at once and wherever it is used.</summary>
[Trait("Behaviour", "O-11")]
public sealed class AddressMistakeTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _time = new();
    private readonly InMemoryNetwork _network = new();
    private TestNode _node = null!;

    public static TheoryData<string, string> Mistakes => new()
    {
        { "myhost", "has no port" },
        { "myhost:", "has no port" },
        { "http://myhost:5070", "is a URL: write myhost:5070" },
        { "https://myhost:5070/", "is a URL: write myhost:5070" },
        { "myhost:5070/", "has a '/'" },
        { "myhost:5070 ", "has a space in it" },
        { " myhost:5070", "has a space in it" },
        { "my host:5070", "has a space in it" },
        { "::1:5070", "is an IPv6 address without brackets: write [::1]:5070" },
        { "fe80::1:5070", "is an IPv6 address without brackets: write [fe80::1]:5070" },
        { "::1", "is an IPv6 address without brackets" },
        { "[::1]", "has no port" },
        { "[myhost]:5070", "has brackets around what is no IPv6 address" },
        { "myhost:http", "has the port 'http'" },
        { "myhost:0", "has the port '0'" },
        { "myhost:70000", "has the port '70000'" },
        { ":5070", "has no host" },
        { "my_höst!:5070", "has the host 'my_höst!'" },
    };

    public async Task InitializeAsync() => _node = await TestNode.StartAsync(network: _network, time: _time);

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Message_IsRefusedAtOnce_AndEverybodyIsToldWhy(string address, string fault)
    {
        PID Target() => PID.FromAddress(address, "greeter");

        await Assert.ThrowsAsync<DeadLetterException>(
            () => _node.Root.RequestAsync<StringValue>(Target(), new StringValue { Value = "hello" }, TimeSpan.FromHours(1)).Within("the refusal"));
        var send = await Assert.ThrowsAsync<RemoteException>(() => _node.Root.SendAsync(Target(), new StringValue { Value = "hello" }).AsTask().Within("the refusal"));
        var connect = await Assert.ThrowsAsync<RemoteException>(() => _node.Remote.WaitForConnectionAsync(address).Within("the refusal"));
        var spawn = await Assert.ThrowsAsync<RemoteException>(() => _node.Remote.SpawnAsync(address, "greeter").Within("the refusal"));

        await _node.Log.WarnsAsync("AddressRefused", 2013, address, fault, "InvalidAddress");
        var letters = await _node.PublishedAsync<RemoteDeadLetterEvent>();
        Assert.Equal(2, letters.Count);
        Assert.All(letters, letter => Assert.Equal("InvalidAddress", letter.Reason.Name));
        Assert.All(letters, letter => AssertSays(letter.ToString(), address, fault));
        Assert.All([send, connect, spawn], failure => Assert.Equal((RemoteError.InvalidAddress, address), (failure.Error, failure.Address)));
        Assert.All([send, connect, spawn], failure => AssertSays(failure.Message, $"'{address}'", fault));
        Assert.Equal((0, TimeSpan.Zero), (_network.Dials, _time.Elapsed));
    }

    [Fact]
    public async Task Messages_ThatAreMany_AreOneWarningAMinuteAndAddress()
    {
        for (var number = 0; number < 100; number++)
        {
            _node.Root.Send(PID.FromAddress("myhost", "greeter"), new Int32Value { Value = number });
            _node.Root.Send(PID.FromAddress("yourhost", "greeter"), new Int32Value { Value = number });
        }

        Assert.Equal(2, _node.Log.Count("AddressRefused"));
        _time.Advance(TimeSpan.FromMinutes(1));
        await _node.Log.WarnsAsync("MistakeRepeated", 2068, "99 more AddressRefused", "host");
        await _node.Log.WarnsAsync("MistakeRepeated", 2068, "99 more AddressRefused", "host");
        _node.Root.Send(PID.FromAddress("myhost", "greeter"), new Int32Value { Value = 0 });
        Assert.Equal(3, _node.Log.Count("AddressRefused"));
    }

    [Fact]
    public async Task Watch_IsAnsweredAtOnce()
    {
        var watcher = WatchPair.SpawnWatcher(_node);
        await WatchPair.WatchAsync(_node, watcher, PID.FromAddress("myhost", "greeter"));

        Assert.Equal(TerminatedReason.AddressTerminated, (await WatchPair.NextAsync(_node)).Why);
    }

    [Theory]
    [InlineData("myhost:5060", "has a port; that is what AdvertisedPort is for")]
    [InlineData("myhost ", "has a space in it")]
    public async Task AdvertisedHost_ThatIsNone_FailsTheStart(string host, string fault)
    {
        var failure = await Assert.ThrowsAsync<RemoteException>(
            () => TestNode.StartAsync(setup: setup => setup.AdvertisedHost = host, network: _network));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        AssertSays(failure.Message, $"RemoteConfig.AdvertisedHost '{host}'", fault, "it must be a host that peers can dial");
    }

    [Theory]
    [InlineData("myhost:5060", "has a port; that is what Port is for")]
    [InlineData("http://myhost", "is a URL; only its host is wanted")]
    [InlineData("myhost ", "has a space in it")]
    public async Task Host_ThatIsNone_FailsTheStart(string host, string fault)
    {
        await using var system = new ActorSystem();
        await using var remote = new ReliableRemote(system, RemoteConfig.BindTo(host, 5070));

        var failure = await Assert.ThrowsAsync<RemoteException>(() => remote.StartAsync().Within("the refusal"));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        AssertSays(failure.Message, $"RemoteConfig.Host '{host}'", fault);
    }

    [Theory]
    [InlineData("::1:5070", "is an IPv6 address without brackets: write [::1]:5070")]
    [InlineData("myhost", "has no port")]
    public async Task Alias_ThatIsNone_FailsTheStart(string alias, string fault)
    {
        var failure = await Assert.ThrowsAsync<RemoteException>(() => TestNode.StartAsync(options => options.Aliases = [alias], network: _network));

        AssertSays(failure.Message, $"Aliases has '{alias}'", fault, "host:port or unix:///path");
    }

    [Fact]
    public void BlockAddress_OfWhatIsNone_SaysWhatIsWrong() => AssertSays(
        Assert.Throws<ArgumentException>(() => _node.Remote.PeerBlockList.BlockAddress("::1:5070")).Message, "write [::1]:5070");
}
