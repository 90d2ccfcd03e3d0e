using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Proto;
using Proto.Remote;

namespace Remote.Tests;

public sealed class RemoteHostingTests
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(30);

    [Fact]
    [Trait("Behaviour", "O-01")]
    public async Task AddRemote_GenericHost_ListensAndAnswers()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddRemote(Config().WithRemoteKind("echo", Echo));
        using var host = builder.Build();
        await host.StartAsync().WaitAsync(Ceiling);
        var remote = host.Services.GetRequiredService<ReliableRemote>();
        Assert.Same(remote, host.Services.GetRequiredService<IRemote>());
        Assert.Same(remote, host.Services.GetRequiredService<ActorSystem>().Remote());

        await AssertAnswersAsync(remote.Address);

        await host.StopAsync().WaitAsync(Ceiling);
    }

    [Fact]
    [Trait("Behaviour", "O-01")]
    public async Task MapRemote_WebApplication_ServesBesideOtherEndpoints()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRemote(Config().WithRemoteKind("echo", Echo));
        await using var app = builder.Build();
        app.MapGet("/hello", () => "hello");
        app.MapRemote();
        await app.StartAsync().WaitAsync(Ceiling);

        var address = app.Services.GetRequiredService<ReliableRemote>().Address;
        await AssertAnswersAsync(address);
        using var client = new HttpClient { DefaultRequestVersion = new Version(2, 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal("hello", await client.GetStringAsync($"http://{address}/hello").WaitAsync(Ceiling));

        await app.StopAsync().WaitAsync(Ceiling);
    }

    [Fact]
    [Trait("Behaviour", "H-01")]
    public async Task MapRemote_StreamThatSaysNothing_EndsAtTheDeadlineThatBeganWithIt()
    {
        var time = new Remote.Testing.ManualTimeProvider();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRemote(Config(), options => (options.HandshakeTimeout, options.Hooks.TimeProvider) = (TimeSpan.FromSeconds(7), time));
        await using var app = builder.Build();
        app.MapRemote();
        await app.StartAsync().WaitAsync(Ceiling);
        await using var client = PlayedCalls.Channel(app.Services.GetRequiredService<ReliableRemote>().Address);
        var call = client.Receive();
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(7));

        time.Advance(TimeSpan.FromSeconds(7));

        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.Reader.ReadAsync().AsTask().WaitAsync(Ceiling));
        Assert.Equal(StatusCode.DeadlineExceeded, refusal.StatusCode);
        await app.StopAsync().WaitAsync(Ceiling);
    }

    [Fact]
    [Trait("Behaviour", "O-01")]
    public async Task AddRemote_Configuration_IsBound()
    {
        var values = new Dictionary<string, string?>
        {
            ["Remote:Endpoint:QueueCapacity"] = "123",
            ["Remote:HandshakeTimeout"] = "00:00:07",
            ["Remote:Aliases:0"] = "node1:8000",
            ["Remote:Dialects:old:8000"] = "PidTargets",
            ["Remote:BlockList:Entries:0:Address"] = "bad:8000",
            ["Remote:BlockList:Entries:0:Duration"] = "01:00:00",
            ["Remote:BlockList:TrustPeers"] = "true",
        };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddRemote(configuration.GetSection("Remote"));
        await using var provider = services.BuildServiceProvider();

        var options = provider.GetRequiredService<IOptions<RemoteOptions>>().Value;

        Assert.Equal(123, options.Endpoint.QueueCapacity);
        Assert.Equal(TimeSpan.FromSeconds(7), options.HandshakeTimeout);
        Assert.Equal(["node1:8000"], options.Aliases);
        Assert.Equal(("bad:8000", TimeSpan.FromHours(1)), (Assert.Single(options.BlockList.Entries).Address, options.BlockList.Entries[0].Duration));
        Assert.True(options.BlockList.TrustPeers);
    }

    [Fact]
    [Trait("Behaviour", "O-01")]
    public async Task AddRemote_InvalidOptions_AreReportedAtStartAllAtOnce()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddRemote(Config(), options => (options.MaxEndpoints, options.Endpoint.BatchSize) = (0, 0));
        using var host = builder.Build();

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync().WaitAsync(Ceiling));

        Assert.Equal(2, exception.Failures.Count());
    }

    private static RemoteConfig Config() => RemoteConfig.BindTo("127.0.0.1").WithProtoMessages(WrappersReflection.Descriptor);

    private static Props Echo => Props.FromFunc(context =>
    {
        if (context.Message is StringValue)
        {
            context.Respond(context.Message);
        }

        return Task.CompletedTask;
    });

    private static async Task AssertAnswersAsync(string address)
    {
        await using var system = new ActorSystem();
        await using var remote = new ReliableRemote(system, Config());
        await remote.StartAsync().WaitAsync(Ceiling);
        var echo = await remote.SpawnNamedAsync(address, "echo", "echo").WaitAsync(Ceiling);
        var answer = await system.Root.RequestAsync<StringValue>(echo, new StringValue { Value = "hi" }, Ceiling);
        Assert.Equal("hi", answer.Value);
    }
}
