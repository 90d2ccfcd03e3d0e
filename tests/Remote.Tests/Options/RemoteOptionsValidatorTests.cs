using Proto;

namespace Remote.Tests;

public sealed class RemoteOptionsValidatorTests : DisposedAfterTest
{
    private readonly ActorSystem _system = new();

    public override ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public void Validate_Defaults_AreValid() => Assert.Empty(RemoteOptionsValidator.Validate(new RemoteOptions()));

    [Fact]
    public void ThrowIfInvalid_ManyFaults_NamesEveryOne()
    {
        var options = new RemoteOptions
        {
            MaxMessageBytes = 10,
            HandshakeTimeout = TimeSpan.Zero,
            Aliases = { "nowhere" },
            Endpoint = { QueueCapacity = 0, BatchSize = -1 },
            Reconnect = { Jitter = double.NaN, MaxDelay = TimeSpan.FromMilliseconds(1) },
        };

        var exception = Assert.Throws<RemoteException>(() => RemoteOptionsValidator.ThrowIfInvalid(NodeKit.SettingsOf(_system, options, new TestSetup { Port = 70_000 })));

        Assert.Equal(RemoteError.InvalidConfiguration, exception.Error);
        Assert.All(
            ["Port is 70000", "MaxMessageBytes is 10", "HandshakeTimeout", "'nowhere'", "Endpoint.QueueCapacity is 0", "Endpoint.BatchSize is -1", "Reconnect.Jitter", "Reconnect.MaxDelay"],
            part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
    }

    /// <summary>The state of its link is gone by then: the endpoint of a client cannot be kept longer.</summary>
    [Fact]
    public void Validate_ClientIsAwaitedLongerThanItsLinkIsKept_IsAFaultThatNamesBoth()
    {
        var options = new RemoteOptions { Link = { Retention = TimeSpan.FromSeconds(20) } };

        Assert.Equal(
            ["Link.ClientResumeTimeout is 00:00:30; it must be zero to Link.Retention (00:00:20)"],
            RemoteOptionsValidator.Validate(options));

        options.Link.ClientResumeTimeout = options.Link.Retention;
        Assert.Empty(RemoteOptionsValidator.Validate(options));
        options.Link.ClientResumeTimeout = TimeSpan.FromTicks(-1);
        Assert.Single(RemoteOptionsValidator.Validate(options));
    }

    /// <summary>Who sets it believes that the node can be dialled.</summary>
    [Fact]
    public void Faults_ClientThatListens_IsOne()
    {
        var settings = NodeKit.SettingsOf(_system, new RemoteOptions { UnixSocketPath = "/a" });

        Assert.Empty(RemoteConfigRules.Faults(settings));
        Assert.Contains("UnixSocketPath", Assert.Single(RemoteConfigRules.Faults(settings with { IsClient = true })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("*")]
    public void Faults_WildcardWithoutAdvertisedHost_IsOne(string host)
    {
        Assert.Contains("AdvertisedHost", Assert.Single(Faults(new TestSetup { Host = host })), StringComparison.Ordinal);
        Assert.Empty(Faults(new TestSetup { Host = host, AdvertisedHost = "node1" }));
    }

    private IEnumerable<string> Faults(TestSetup setup) => RemoteConfigRules.Faults(NodeKit.SettingsOf(_system, setup: setup));
}
