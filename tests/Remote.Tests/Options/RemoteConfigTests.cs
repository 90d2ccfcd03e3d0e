using System.Net;
using System.Reflection;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using Grpc.Net.Compression;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// Every member of Proto.Remote's settings means here what it means there, or is refused at the start by name, or is named as without effect
/// yet. None is ignored in silence.
/// </summary>
[Trait("Behaviour", "I-02")]
public sealed class RemoteConfigTests
{
    private const string Writer = nameof(RemoteConfig.EndpointWriterOptions) + ".";

    // Each with the test that shows it, here or where it says.
    private static readonly string[] Honoured =
    [
        nameof(RemoteConfig.Host), // Addressing/AdvertisedHostTests
        nameof(RemoteConfig.Port),
        nameof(RemoteConfig.AdvertisedHost),
        nameof(RemoteConfig.AdvertisedPort),
        nameof(RemoteConfig.RemoteKinds),
        nameof(RemoteConfig.Serialization),
        nameof(RemoteConfig.DeserializationErrorLogLevel),
        nameof(RemoteConfig.EndpointWriterOptions),
        nameof(RemoteConfig.WaitAfterEndpointTerminationTimeSpan),
        nameof(RemoteConfig.RemoteDiagnostics), // Diagnostics/LocalCallerTests
        nameof(RemoteConfig.UriChooser), // Hosting/MappedAddressTests
        nameof(RemoteConfig.ConfigureKestrel), // where the web server of the application listens: Hosting/MappedAddressTests
        Writer + nameof(EndpointWriterOptions.EndpointWriterBatchSize),
        Writer + nameof(EndpointWriterOptions.MaxRetries),
        Writer + nameof(EndpointWriterOptions.RetryBackOff),
    ];

    private static readonly string[] Refused =
    [
        nameof(RemoteConfig.UseHttps),
        Writer + nameof(EndpointWriterOptions.RetryTimeSpan),
    ];

    private static readonly string[] WithoutEffect = [nameof(RemoteConfig.CallOptions), nameof(RemoteConfig.ChannelOptions)];

    [Fact]
    public void EveryMember_IsInOneList()
    {
        var members = Members(typeof(RemoteConfig)).Concat(Members(typeof(EndpointWriterOptions)).Select(name => Writer + name));

        Assert.Equal(members.Order(), Honoured.Concat(Refused).Concat(WithoutEffect).Order());

        static IEnumerable<string> Members(System.Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name);
    }

    [Fact]
    public async Task HostPortKindsAndSerialization_AreTheNodes()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            setup: setup => setup.AddKind("echo", Props.FromFunc(_ => Task.CompletedTask)).AdvertisedPort = 4000, network: network, at: "127.0.0.1:8000");

        Assert.Equal("127.0.0.1:4000", node.Address);
        Assert.Equal(["echo"], node.Remote.Kinds);
        Assert.Same(node.Remote.Config.Serialization, node.ActorSystem.Serialization());
        await (await network.ConnectAsync("127.0.0.1:8000", CancellationToken.None)).DisposeAsync();
    }

    [Fact]
    public void WriterOptions_ThatWereChanged_AreOurs()
    {
        var options = Complete(config => config.WithEndpointWriterBatchSize(77).WithEndpointWriterMaxRetries(9).WithEndpointWriterRetryBackOff(TimeSpan.FromSeconds(7)));

        Assert.Equal((77, 9), (options.Endpoint.BatchSize, options.Reconnect.MaxAttempts));

        // The longest delay is never less than the first.
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7)), (options.Reconnect.InitialDelay, options.Reconnect.MaxDelay));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(null)]
    public void WaitAfterTheEnd_ThatWasChanged_IsTheQuarantine(int? seconds)
    {
        var wait = seconds is { } count ? TimeSpan.FromSeconds(count) : default(TimeSpan?);

        Assert.Equal(wait ?? TimeSpan.Zero, Complete(config => config with { WaitAfterEndpointTerminationTimeSpan = wait }).QuarantineDuration);
    }

    [Fact]
    public void Diagnostics_AreOnOrAsOursSay()
    {
        Assert.True(Complete(config => config.WithRemoteDiagnostics(true)).Diagnostics.Enabled);
        Assert.Null(Complete(config => config.WithRemoteDiagnostics(false)).Diagnostics.Enabled);
        Assert.False(Complete(config => config.WithRemoteDiagnostics(true), options => options.Diagnostics.Enabled = false).Diagnostics.Enabled);
    }

    [Fact]
    public void ValuesOfProtoRemotesDefaults_LeaveOurs()
    {
        var (ours, theirs) = (new RemoteOptions(), new EndpointWriterOptions());

        var options = Complete(config => config
            .WithEndpointWriterBatchSize(theirs.EndpointWriterBatchSize)
            .WithEndpointWriterMaxRetries(theirs.MaxRetries)
            .WithEndpointWriterRetryBackOff(theirs.RetryBackOff)
            .WithEndpointWriterRetryTimeSpan(theirs.RetryTimeSpan)
            with
        { WaitAfterEndpointTerminationTimeSpan = TimeSpan.FromSeconds(3) });

        Assert.Equal(Values(ours), Values(options));
        Assert.NotEqual(theirs.MaxRetries, options.Reconnect.MaxAttempts);
        Assert.NotEqual(theirs.RetryBackOff, options.Reconnect.InitialDelay);
    }

    [Fact]
    public void OurOptions_ThatWereChanged_GoFirst()
    {
        static void Change(RemoteOptions options)
        {
            (options.Endpoint.BatchSize, options.Reconnect.MaxAttempts) = (5, 6);
            (options.Reconnect.InitialDelay, options.Reconnect.MaxDelay, options.QuarantineDuration) =
                (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4));
        }

        var expected = new RemoteOptions();
        Change(expected);

        var options = Complete(
            config => config.WithEndpointWriterBatchSize(77).WithEndpointWriterMaxRetries(9).WithEndpointWriterRetryBackOff(TimeSpan.FromSeconds(7))
                with
            { WaitAfterEndpointTerminationTimeSpan = TimeSpan.FromSeconds(11) },
            Change);

        Assert.Equal(Values(expected), Values(options));
    }

    [Theory]
    [InlineData(LogLevel.Error, LogLevel.Warning)] // Proto.Remote's default.
    [InlineData(LogLevel.Debug, LogLevel.Debug)]
    [InlineData(LogLevel.Critical, LogLevel.Critical)]
    public async Task MessageThatCannotBeRead_IsLoggedAtTheLevelOfTheConfig(LogLevel level, LogLevel expected)
    {
        await using var network = new InMemoryNetwork();
        await using var here = await TestNode.StartAsync(
            setup: setup => setup.AddSerializer(HeldSerializer.Id, 1_000, new Everything()), network: network);
        await using var there = await TestNode.StartAsync(
            setup: setup => setup.Change(config => config.WithLogLevelForDeserializationErrors(level)), network: network);
        there.Log.Expect("EnvelopeRefused");

        here.Root.Send(there.Pid("x"), new Empty());

        Assert.Equal(expected, (await there.Log.NextAsync("EnvelopeRefused")).Level);
    }

    [Fact]
    public async Task ConfigureKestrel_SeesTheListenerOfTheNode()
    {
        List<EndPoint> seen = [];
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(
            setup: setup => setup.Change(config => config with { ConfigureKestrel = listen => seen.Add(listen.EndPoint) }), network: network, at: "127.0.0.1:8000");

        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 8000), Assert.Single(seen));
    }

    [Fact]
    public Task RetryTimeSpan_IsRefusedAndTheWayOutIsNamed() => AssertRefusedAsync(
        config => config.WithEndpointWriterRetryTimeSpan(TimeSpan.FromMinutes(1)),
        "RemoteConfig.EndpointWriterOptions.RetryTimeSpan has no meaning here",
        "RemoteOptions.Reconnect");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public Task MaxRetries_NoneAtAll_IsRefused(int retries) => AssertRefusedAsync(
        config => config.WithEndpointWriterMaxRetries(retries), $"RemoteConfig.EndpointWriterOptions.MaxRetries is {retries}; it must be 1 or more", "MaxAttempts");

    [Theory]
    [InlineData(-1)]
    [InlineData(65_536)]
    public async Task Ports_OutOfRange_AreRefused(int port)
    {
        await AssertRefusedAsync(_ => RemoteConfig.BindTo("127.0.0.1", port), $"RemoteConfig.Port is {port}; it must be 0 to 65535");
        await AssertRefusedAsync(config => config.WithAdvertisedPort(port), $"RemoteConfig.AdvertisedPort is {port}; it must be 0 to 65535");
    }

    [Fact]
    public async Task Hosts_ThatCannotBe_AreRefused()
    {
        await AssertRefusedAsync(_ => RemoteConfig.BindTo(""), "RemoteConfig.Host is empty");
        await AssertRefusedAsync(_ => RemoteConfig.BindToAllInterfaces(), "RemoteConfig.Host 0.0.0.0 listens everywhere", "AdvertisedHost");
        await AssertRefusedAsync(_ => RemoteConfig.BindTo("::"), "RemoteConfig.Host :: listens everywhere", "AdvertisedHost");
    }

    [Fact]
    public Task SeveralFaults_AreNamedAtOnce() => AssertRefusedAsync(
        config => config.WithEndpointWriterBatchSize(-1).WithEndpointWriterMaxRetries(0)
            .WithCallOptions(new CallOptions(deadline: DateTime.UnixEpoch)),
        "CallOptions.Deadline",
        "MaxRetries",
        "Endpoint.BatchSize is -1");

    [Fact]
    public async Task CallOptions_ThatAStreamCannotHave_AreRefused()
    {
        await AssertRefusedAsync(config => config.WithCallOptions(new CallOptions(deadline: DateTime.UnixEpoch)), "RemoteConfig.CallOptions.Deadline");
        var foreign = new Metadata { { "name", "Jürgen" } };
        await AssertRefusedAsync(config => config.WithCallOptions(new CallOptions(foreign)), "RemoteConfig.CallOptions.Headers has 'name'", "-bin");
        var compressed = new Metadata { { "grpc-internal-encoding-request", "gzip" } };
        await AssertRefusedAsync(config => config.WithCallOptions(new CallOptions(compressed)), "RemoteConfig.CallOptions.Headers", "not compressed");
    }

    public static TheoryData<string> ChannelProperties => new(
        ("CompressionProviders ServiceConfig.LoadBalancingConfigs ServiceConfig.MethodConfigs MaxReconnectBackoff InitialReconnectBackoff DisposeHttpClient "
        + "ThrowOperationCanceledOnCancellation HttpVersion").Split(' '));

    [Theory]
    [MemberData(nameof(ChannelProperties))]
    public async Task ChannelOptions_ThatAStreamCannotHave_AreRefused(string property)
    {
        using var handler = new SocketsHttpHandler();
        var set = new GrpcChannelOptions();
        switch (property)
        {
            case "CompressionProviders":
                set.CompressionProviders = [new GzipCompressionProvider(System.IO.Compression.CompressionLevel.Optimal), new GzipCompressionProvider(System.IO.Compression.CompressionLevel.Optimal)];
                break;
            case "ServiceConfig.LoadBalancingConfigs":
                set.ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } };
                break;
            case "ServiceConfig.MethodConfigs":
                set.ServiceConfig = new ServiceConfig { MethodConfigs = { new MethodConfig { Names = { MethodName.Default }, HedgingPolicy = new HedgingPolicy { MaxAttempts = 2 } } } };
                break;
            case "MaxReconnectBackoff":
                set.MaxReconnectBackoff = TimeSpan.FromSeconds(7);
                break;
            case "InitialReconnectBackoff":
                set.InitialReconnectBackoff = TimeSpan.FromSeconds(7);
                break;
            case "DisposeHttpClient":
                (set.HttpHandler, set.DisposeHttpClient) = (handler, true);
                break;
            case "ThrowOperationCanceledOnCancellation":
                set.ThrowOperationCanceledOnCancellation = true;
                break;
            default:
                set.HttpVersion = HttpVersion.Version30;
                break;
        }

        await AssertRefusedAsync(config => config.WithChannelOptions(set), $"RemoteConfig.ChannelOptions.{property} cannot be honoured");
    }

    [Fact]
    public async Task ChannelOptions_OfADefaultChannel_AreTaken()
    {
        await using var network = new InMemoryNetwork();
        await using var node = await TestNode.StartAsync(setup: setup => setup.Change(config => config.WithChannelOptions(new GrpcChannelOptions())), network: network);

        Assert.True(node.Remote.Started);
    }

    private static RemoteOptions Complete(Func<RemoteConfig, RemoteConfig> change, Action<RemoteOptions>? ours = null)
    {
        var options = new RemoteOptions();
        ours?.Invoke(options);
        RemoteConfigRules.Complete(change(RemoteConfig.BindToLocalhost()), options);
        return options;
    }

    private static (int, int, TimeSpan, TimeSpan, TimeSpan, bool?) Values(RemoteOptions options) => (
        options.Endpoint.BatchSize,
        options.Reconnect.MaxAttempts,
        options.Reconnect.InitialDelay,
        options.Reconnect.MaxDelay,
        options.QuarantineDuration,
        options.Diagnostics.Enabled);

    private static async Task AssertRefusedAsync(Func<RemoteConfig, RemoteConfig> change, params string[] expected)
    {
        await using var network = new InMemoryNetwork();

        var failure = await Assert.ThrowsAsync<RemoteException>(
            () => TestNode.StartAsync(setup: setup => setup.Change(change), network: network).Within("the refusal"));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        Assert.All(expected, text => Assert.Contains(text, failure.Message, StringComparison.Ordinal));
    }

    /// <summary>Writes everything with a serializer that the other side does not have.</summary>
    private sealed class Everything : ISerializer
    {
        public Google.Protobuf.ByteString Serialize(object obj) => Google.Protobuf.ByteString.Empty;

        public object Deserialize(Google.Protobuf.ByteString bytes, string typeName) => throw new NotSupportedException();

        public string GetTypeName(object message) => "everything";

        public bool CanSerialize(object obj) => true;
    }
}
