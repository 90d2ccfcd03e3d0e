using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Configuration that changes while the node runs. A reload is over when the call that causes it returns.</summary>
[Trait("Behaviour", "O-01")]
public sealed class ConfigurationReloadTests : IAsyncLifetime
{
    private const string Changed = nameof(RemoteLog.ConfigurationChanged), Restart = nameof(RemoteLog.RestartNeeded), Refused = nameof(RemoteLog.ReloadRefused);

    private readonly InMemoryNetwork _network = new();
    private readonly ManualTimeProvider _time = new();
    private readonly TestLog _log = new();
    private IHost _host = null!;
    private Action? _application;

    private ReliableRemote Node => _host.Services.GetRequiredService<ReliableRemote>();

    private IConfigurationRoot Configuration => (IConfigurationRoot)_host.Services.GetRequiredService<IConfiguration>();

    public async Task InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Remote:Port"] = "8001",
            ["Remote:Endpoint:QueueCapacity"] = "100",
            ["Remote:BlockList:Entries:0:Address"] = "bad:1",
            ["Remote:BlockList:Entries:1:SystemId"] = "worse",
        });
        builder.Services.AddSingleton<ILoggerFactory>(_log);
        builder.Services.AddRemote(
            builder.Configuration.GetSection("Remote"), (_, config) => config.WithProtoMessages(WrappersReflection.Descriptor));
        builder.Services.Configure<RemoteOptions>(options =>
        {
            (options.Hooks.ListenerFactory, options.Hooks.Connect) = (_network, _network.ConnectAsync);
            options.Hooks.TimeProvider = _time;
            _application?.Invoke();
        });
        _host = builder.Build();
        await _host.StartAsync().Within("the start");
    }

    public async Task DisposeAsync()
    {
        // The clock stands still, and nobody is there who would take what waits.
        await Node.ShutdownAsync(graceful: false).Within("the shutdown");
        await _host.StopAsync().Within("the stop");
        _host.Dispose();
        await _network.DisposeAsync();
        _log.VerifyNoErrors();
    }

    [Fact]
    public void WhatIsReadWhereItIsUsed_Changes_AndTheLogSaysFromWhatToWhat()
    {
        Change(("SendTimeout", "00:00:07"), ("Reconnect:MaxAttempts", "9"), ("Diagnostics:MaxProcesses", "5"));

        Assert.Equal((7, 9, 5), (Node.Options.SendTimeout.Seconds, Node.Options.Reconnect.MaxAttempts, Node.Options.Diagnostics.MaxProcesses));
        var line = Assert.Single(Lines(Changed));
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Equal(
            "Configuration was read again, and is in use: SendTimeout from 00:00:30 to 00:00:07; Reconnect.MaxAttempts from 5 to 9; Diagnostics.MaxProcesses from 10000 to 5",
            line.Text);
        Assert.Empty(Lines(Restart));
    }

    [Fact]
    public void WhatIsReadAtTheStart_IsOneWarningWithOldAndNew_AndStays()
    {
        Change(("Endpoint:QueueCapacity", "200"), ("Port", "9000"), ("Aliases:0", "a:1"));
        Change(("SendTimeout", "00:00:07"));

        Assert.Equal((100, "127.0.0.1:8001"), (Node.Options.Endpoint.QueueCapacity, Node.Address));
        var line = Assert.Single(Lines(Restart));
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Equal(
            "Configuration has changed, and these options are only read when the node starts: Aliases from none to a:1; Endpoint.QueueCapacity from 100 to 200; "
            + "Port from 8001 to 9000. Restart the node",
            line.Text);

        // Told again when it is something else.
        Change(("Port", "9001"));
        Assert.Equal(2, Lines(Restart).Count);
    }

    [Fact]
    public void WhatIsNotValid_ChangesNothing_AndIsSaidOnce()
    {
        Change(("SendTimeout", "00:00:07"), ("Backpressure:Warning", "2"), ("Bakpressure:Critical", "1"));
        Configuration.Reload();

        Assert.Equal((30, 0.6), (Node.Options.SendTimeout.Seconds, Node.Options.Backpressure.Warning));
        var line = Assert.Single(Lines(Refused));
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains("Backpressure.Warning is 2", line.Text, StringComparison.Ordinal);
        Assert.Contains("Bakpressure is no option; did you mean Backpressure?", line.Text, StringComparison.Ordinal);
        Assert.Empty(Lines(Changed));
    }

    [Fact]
    public void PortThatIsNone_IsRefusedToo()
    {
        Change(("Port", "70000"));

        Assert.Contains("RemoteConfig.Port is 70000", Assert.Single(Lines(Refused)).Text, StringComparison.Ordinal);
        Assert.Empty(Lines(Restart));
    }

    /// <summary>What an operator did by hand meanwhile stays.</summary>
    [Fact]
    public void BlockList_FollowsTheEntries()
    {
        Node.PeerBlockList.BlockAddress("byhand:1");
        Node.PeerBlockList.UnblockSystem("worse");

        Change(("BlockList:Entries:0:Address", "new:1"), ("BlockList:Entries:0:Duration", "00:01:00"));

        Assert.Equal(["byhand:1", "new:1"], Node.PeerBlockList.Entries.Select(entry => entry.Address).Order());
        Assert.Contains("BlockList.Entries without bad:1; BlockList.Entries with new:1", Assert.Single(Lines(Changed)).Text, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("byhand:1", Assert.Single(Node.PeerBlockList.Entries).Address);
    }

    [Fact]
    public void BlockList_ThisNode_IsRefused_AndTheOthersAreTaken()
    {
        Change(("BlockList:Entries:2:SystemId", Node.System.Id), ("BlockList:Entries:3:Address", "new:1"));

        Assert.NotNull(Node.PeerBlockList.FindAddress("new:1"));
        Assert.Null(Node.PeerBlockList.FindSystem(Node.System.Id));
        Assert.Contains(Node.System.Id, Assert.Single(Lines(Refused)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void CodeOfTheApplicationThatThrows_IsALineOfTheLog_AndNothingIsTaken()
    {
        _application = () => throw new FormatException("no number");

        Change(("SendTimeout", "00:00:07"));

        Assert.Contains("FormatException: no number", Assert.Single(Lines(Refused)).Text, StringComparison.Ordinal);
        Assert.Equal(30, Node.Options.SendTimeout.Seconds);
    }

    /// <summary>Of a lane that is filled already, and of one that begins later.</summary>
    [Fact]
    public async Task Levels_AreJudgedAnewAtOnce_AndTheirEventsCome()
    {
        using var events = new EventProbe(Node.System.EventStream);
        Send("far:1", 50);
        Assert.Equal(BackpressureLevel.Normal, Level("far:1"));

        Change(("Backpressure:Warning", "0.3"), ("Backpressure:Critical", "0.5"));

        Assert.Equal(BackpressureLevel.Critical, Level("far:1"));
        var fact = await events.NextAsync<EndpointThrottled>();
        Assert.Equal((BackpressureLevel.Critical, 50), (fact.Level, fact.Length));
        Send("far:2", 30);
        Assert.Equal(BackpressureLevel.Warning, Level("far:2"));
        Change(("Backpressure:Warning", "0.6"), ("Backpressure:Critical", "0.85"));
        Assert.Equal((BackpressureLevel.Normal, BackpressureLevel.Normal), (Level("far:1"), Level("far:2")));
    }

    [Fact]
    public void LogThrottle_CountsFromTheNextIntervalOn()
    {
        Change(("LogThrottle:Count", "2"), ("LogThrottle:Interval", "00:00:05"));
        for (var number = 0; number < 30; number++)
        {
            RemoteLog.AddressRefused(Node.Log, $"host{number}", "has no port");
        }

        Assert.Equal(2, Lines(nameof(RemoteLog.AddressRefused)).Count);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.StartsWith("28 more AddressRefused", Assert.Single(Lines(nameof(RemoteLog.EntriesLeftOut))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AfterTheStop_NothingIsRead()
    {
        await _host.StopAsync().Within("the stop");

        Change(("SendTimeout", "00:00:07"));

        Assert.Empty(Lines(Changed));
    }

    [Fact]
    public void Secrets_AreNotShown() => Assert.Equal(("(secret)", "none"), (OptionText.Show("Tls.KeyPassword", "hush"), OptionText.Show("Tls.KeyPassword", null)));

    /// <summary>By name, so that an option that is renamed does not fall out of the list in silence.</summary>
    [Fact]
    public void ChangeableOptions_AllExist() =>
        Assert.Superset(ConfigurationReload.Changeable.ToHashSet(), OptionNames.All(new RemoteOptions()).Select(option => option.Name).ToHashSet());

    private BackpressureLevel Level(string address) => Node.GetEndpointStatistics(address)!.Level;

    private void Send(string address, int count)
    {
        for (var number = 0; number < count; number++)
        {
            Node.System.Root.Send(PID.FromAddress(address, "somebody"), new StringValue { Value = "wait" });
        }
    }

    private void Change(params (string Key, string Value)[] values)
    {
        foreach (var (key, value) in values)
        {
            Configuration[$"Remote:{key}"] = value;
        }

        Configuration.Reload();
    }

    private IReadOnlyList<LogLine> Lines(string name) => [.. _log.Lines.Where(line => line.Event.Name == name)];
}
