namespace Remote.Tests;

public sealed class RemoteOptionsValidatorTests
{
    [Fact]
    public void Validate_Defaults_AreValid() => Assert.Empty(RemoteOptionsValidator.Validate(new RemoteOptions()));

    [Fact]
    public void ThrowIfInvalid_ManyFaults_NamesEveryOne()
    {
        var options = new RemoteOptions
        {
            Port = 70_000,
            MaxMessageBytes = 10,
            HandshakeTimeout = TimeSpan.Zero,
            Aliases = { "nowhere" },
            Endpoint = { QueueCapacity = 0, BatchSize = -1 },
            Reconnect = { Jitter = double.NaN, MaxDelay = TimeSpan.FromMilliseconds(1) },
        };

        var exception = Assert.Throws<RemoteException>(() => RemoteOptionsValidator.ThrowIfInvalid(options));

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

    /// <summary>Who sets both believes that the node can be dialled.</summary>
    [Fact]
    public void Validate_ClientThatListens_IsAFault()
    {
        RemoteOptions[] both = [new() { Port = 1 }, new() { UnixSocketPath = "/a" }, new() { AdvertisedHost = "a" }, new() { AdvertisedPort = 1 }];
        foreach (var options in both)
        {
            Assert.Empty(RemoteOptionsValidator.Validate(options));
            options.ClientOnly = true;
            Assert.Contains("ClientOnly", Assert.Single(RemoteOptionsValidator.Validate(options)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("*")]
    public void Validate_WildcardWithoutAdvertisedHost_IsAFault(string host)
    {
        Assert.Contains("AdvertisedHost", Assert.Single(RemoteOptionsValidator.Validate(new RemoteOptions { Host = host })), StringComparison.Ordinal);
        Assert.Empty(RemoteOptionsValidator.Validate(new RemoteOptions { Host = host, AdvertisedHost = "node1" }));
    }
}
