using System.Net;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using Proto;
using Proto.Remote;
using Remote.OpenTelemetry;
using Remote.Tests.Messaging;

namespace Remote.Tests;

/// <summary>
/// An application with a node on its web server and OpenTelemetry's page for Prometheus beside it, after traffic that leaves something in
/// every
/// instrument.
/// </summary>
internal sealed class ScrapedNode : IAsyncDisposable
{
    public const string Actor = "till";
    private const string Undialled = "127.0.0.1:1";

    private readonly WebApplication _app;
    private readonly TestNode _peer;
    private readonly ScrapeCounter _scrapes;
    private readonly HttpClient _http = new();

    private ScrapedNode(WebApplication app, TestNode peer, ScrapeCounter scrapes) => (_app, _peer, _scrapes) = (app, peer, scrapes);

    public string Address => _app.Services.GetRequiredService<ReliableRemote>().Address;

    public string Peer => _peer.Address;

    /// <summary>Where Prometheus finds its page, <c>host:port</c>.</summary>
    public string Target => new Uri(Addresses(_app).Single(address => !address.EndsWith($":{Port(Address)}", StringComparison.Ordinal))).Authority;

    public static async Task<ScrapedNode> StartAsync()
    {
        var scrapes = new ScrapeCounter();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRemote(
            RemoteConfig.BindToLocalhost()
                .WithProtoMessages(WrappersReflection.Descriptor)
                .WithUriChooser(static addresses => addresses!.First()),
            static options =>
            {
                options.Heartbeat.Interval = TimeSpan.FromMilliseconds(50);
                options.Hooks.AllowDial = static (address, _) => address != Undialled;
                options.Hooks.AuthorizeOperation = static operation =>
                    operation.Kind == RemoteOperationKind.Spawn ? RemotePermission.Deny("nobody spawns here") : RemotePermission.Allow;
            });
        builder.Services.AddOpenTelemetry().WithMetrics(static metrics => metrics
            .AddRemoteInstrumentation()
            .AddPrometheusExporter(static exporter => exporter.ScrapeResponseCacheDurationMilliseconds = 0));
        var app = builder.Build();
        app.Use(scrapes.CountAsync);
        app.MapPrometheusScrapingEndpoint();
        app.MapRemote();
        await app.StartAsync().Within("the start of the application");
        var node = new ScrapedNode(app, await TestNode.StartAsync(setup: static setup => setup.AddSerializer(OddSerializer.Id, 1, new OddSerializer())), scrapes);
        await node.TalkAsync();
        return node;
    }

    /// <summary>The page as Prometheus reads it.</summary>
    public Task<string> ScrapeAsync() => _http.GetStringAsync(new Uri($"http://{Target}/metrics")).Within("the scrape");

    /// <summary>Completes when so many scrapes have begun since the start.</summary>
    public Task WhenScrapedAsync(int count) => _scrapes.WhenReachedAsync(count);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync().Within("the stop of the application");
        await _app.DisposeAsync();
        await _peer.DisposeAsync();
    }

    /// <summary>Three requests go out and one comes in; whatever can fail fails once.</summary>
    private async Task TalkAsync()
    {
        var remote = _app.Services.GetRequiredService<ReliableRemote>();
        var root = remote.System.Root;
        using var acknowledged = new RoundTripListener(Address);
        using var echoed = new RoundTripListener(Address, RemoteTelemetry.HeartbeatRoundTrip);
        _peer.SpawnEcho();
        root.SpawnNamed(Props.FromFunc(EchoAsync).WithRemoteMetrics(Actor), Actor);
        var echo = _peer.Pid("echo");

        for (var number = 0; number < 3; number++)
        {
            await root.RequestAsync<StringValue>(echo, new StringValue { Value = "out" }, TestTime.Ceiling);
        }

        await _peer.AskAsync(new PID(Address, Actor), "in");
        root.Send(echo, new Unwritable());
        root.Send(new PID(Undialled, "nobody"), new StringValue());
        await _peer.RefusedAsync(new PID(Address, "missing"), "in");
        _peer.Root.Send(new PID(Address, Actor), new Blob([1]));
        await Assert.ThrowsAsync<RemoteException>(() => _peer.Remote.SpawnAsync(Address, "kind").Within("the refusal"));

        // A batch is counted when it has been read to its end, so before the next one is.
        await _peer.AskAsync(new PID(Address, Actor), "in");
        await root.RequestAsync<StringValue>(echo, new StringValue { Value = "out" }, TestTime.Ceiling);
        await acknowledged.Heard.Within("an acknowledgement");
        await echoed.Heard.Within("the echo of a heartbeat");
    }

    private static IEnumerable<string> Addresses(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    private static string Port(string address) => address[(address.LastIndexOf(':') + 1)..];

    private static Task EchoAsync(IContext context)
    {
        if (context.Message is StringValue)
        {
            context.Respond(context.Message);
        }

        return Task.CompletedTask;
    }

    /// <summary>A message that its serializer stumbles over.</summary>
    private sealed class Unwritable
    {
        public string Text => throw new NotSupportedException("It cannot be written.");
    }
}
