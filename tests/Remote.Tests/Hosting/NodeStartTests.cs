using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Proto;
using Proto.Remote;

namespace Remote.Tests;

/// <summary>What is wrong with an application's node is said when the application starts, all of it at once, before anything else has started.</summary>
[Trait("Behaviour", "O-01")]
public sealed class NodeStartTests
{
    private static readonly string[] Wrong =
    [
        "Endpoint.QueCapacity is no option; did you mean Endpoint.QueueCapacity?",
        "Endpoint.BatchSize is '1k'; it must be a whole number, at most 2147483647",
        "MaxEndpoints is 0; it must be 1 to 1000000",
        "RemoteConfig.Port is 70000; it must be 0 to 65535",
        "RemoteConfig.EndpointWriterOptions.MaxRetries is 0; it must be 1 or more (RemoteOptions.Reconnect.MaxAttempts = 0 is for ever)",
    ];

    private static readonly Dictionary<string, string?> Values = new()
    {
        ["Remote:Endpoint:QueCapacity"] = "1",
        ["Remote:Endpoint:BatchSize"] = "1k",
        ["Remote:MaxEndpoints"] = "0",
        ["Remote:Port"] = "70000",
        ["Remote:EndpointWriterOptions:MaxRetries"] = "0",
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task GenericHost_SaysEveryFaultOfNamesValuesOptionsAndConfig_BeforeAnythingStarts(bool isClient)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(Values);
        var first = new First();
        builder.Services.AddSingleton<IHostedService>(first);
        _ = isClient
            ? builder.Services.AddClientRemote(builder.Configuration.GetSection("Remote"))
            : builder.Services.AddRemote(builder.Configuration.GetSection("Remote"));
        using var host = builder.Build();

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().Within("the start"));

        // A node without a listener has no port, and says so.
        var expected = isClient ? Wrong.Select(fault => fault.Contains("Port", StringComparison.Ordinal) ? "Port has no meaning here: a node without a listener listens nowhere" : fault) : Wrong;
        Assert.Equal(expected.Order(), refused.Failures.Order());
        Assert.False(first.HasStarted);
    }

    [Fact]
    public async Task WebApplication_SaysThemAsSoonAsTheNodeIsMapped()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(Values);
        builder.Services.AddRemote(builder.Configuration.GetSection("Remote"));
        await using var app = builder.Build();

        var refused = Assert.Throws<OptionsValidationException>(() => app.MapRemote());

        Assert.Equal(Wrong.Order(), refused.Failures.Order());
    }

    /// <summary>In code as well: options are right for themselves, and wrong with the config.</summary>
    [Fact]
    public async Task Code_FaultsOfConfigAndOptions_AreOneException()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddRemote(RemoteConfig.BindTo("0.0.0.0"), options => options.SendTimeout = TimeSpan.Zero);
        using var host = builder.Build();

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().Within("the start"));

        Assert.Collection(
            refused.Failures.Order(),
            fault => Assert.Contains("AdvertisedHost", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("SendTimeout is 00:00:00", fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ValidatorOfTheApplication_IsHeardBesideOurs()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddRemote(RemoteConfig.BindTo("0.0.0.0"), options => options.SendTimeout = TimeSpan.Zero);
        builder.Services.AddOptions<RemoteOptions>().Validate(options => options.MaxEndpoints < 100, "no more than 100 peers here");
        using var host = builder.Build();

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().Within("the start"));

        Assert.Collection(
            refused.Failures.Order(),
            fault => Assert.Contains("AdvertisedHost", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("SendTimeout is 00:00:00", fault, StringComparison.Ordinal),
            fault => Assert.Equal("no more than 100 peers here", fault));
    }

    [Fact]
    public async Task Section_SetsConfigAndOptions_AndCodeGoesOverIt()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Remote:Host"] = "127.0.0.1",
            ["Remote:AdvertisedHost"] = "node1.example.com",
            ["Remote:AdvertisedPort"] = "4000",
            ["Remote:RemoteDiagnostics"] = "true",
            ["Remote:WaitAfterEndpointTerminationTimeSpan"] = "00:00:07",
            ["Remote:EndpointWriterOptions:EndpointWriterBatchSize"] = "77",
            ["Remote:SendTimeout"] = "00:00:08",
            ["Remote:RequestTimeout"] = "00:00:09",
        });
        builder.Services.AddRemote(builder.Configuration.GetSection("Remote"), (_, config) => config.WithRemoteKind("none", Props.Empty));
        builder.Services.Configure<RemoteOptions>(options => options.RequestTimeout = TimeSpan.FromSeconds(1));
        using var host = builder.Build();
        await host.StartAsync().Within("the start");

        var remote = host.Services.GetRequiredService<ReliableRemote>();

        Assert.Equal("node1.example.com:4000", remote.Address);
        Assert.Equal(["none"], remote.Kinds);
        Assert.Equal(
            (true, 7, 77, 8, 1),
            (remote.Options.Diagnostics.Enabled, remote.Options.QuarantineDuration.Seconds, remote.Options.Endpoint.BatchSize, remote.Options.SendTimeout.Seconds, remote.Options.RequestTimeout.Seconds));
        await host.StopAsync().Within("the stop");
    }

    private sealed class First : IHostedService
    {
        public bool HasStarted { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            HasStarted = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
