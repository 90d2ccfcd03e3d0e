using System.Net;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;

namespace Remote.Tests;

/// <summary>An application with a node on its own web server, and whatever else it has.</summary>
internal sealed class HostedNode : IAsyncDisposable
{
    private HostedNode(WebApplication app, TestLog log) => (App, Log) = (app, log);

    public WebApplication App { get; }

    public TestLog Log { get; }

    public ReliableRemote Remote => App.Services.GetRequiredService<ReliableRemote>();

    public string Address => Remote.Address;

    public PID Echo => PID.FromAddress(Address, "echo");

    /// <param name="services">What the application adds.</param>
    /// <param name="pipeline">What it puts before its endpoints.</param>
    /// <param name="map">Its other endpoints.</param>
    /// <param name="conventions">What holds for the endpoints of the node.</param>
    public static async Task<HostedNode> StartAsync(
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? pipeline = null,
        Action<WebApplication>? map = null,
        Action<IEndpointConventionBuilder>? conventions = null)
    {
        var log = new TestLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        services?.Invoke(builder.Services);
        builder.Services.AddRemote(RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor));
        var app = builder.Build();
        pipeline?.Invoke(app);
        map?.Invoke(app);
        var mapped = app.MapRemote();
        conventions?.Invoke(mapped);

        await app.StartAsync().Within("the start of the application");
        var node = new HostedNode(app, log);
        node.Remote.System.Root.SpawnNamed(Props.FromFunc(EchoAsync), "echo");
        return node;
    }

    /// <summary>The text of a REST endpoint.</summary>
    public async Task<string> GetAsync(string path)
    {
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        return await http.GetStringAsync(new Uri($"http://{Address}{path}")).Within(path);
    }

    /// <summary>A peer's requests are answered.</summary>
    public async Task AssertAnswersAsync(TestNode peer, string text = "hello") => Assert.Equal(text, await peer.AskAsync(Echo, text));

    /// <summary>A peer does not come through; what its statistics say is why.</summary>
    public async Task<string> RefusalOfAsync(TestNode peer)
    {
        // Before the endpoint closes there may be further attempts.
        peer.Root.Send(Echo, new StringValue { Value = "hello" });
        await peer.Events.NextAsync<RemoteDeadLetterEvent>();
        return peer.Remote.GetEndpointStatistics(Address)!.LastError!;
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync().Within("the stop of the application");
        await App.DisposeAsync();
        Log.VerifyNoErrors();
    }

    private static Task EchoAsync(IContext context)
    {
        if (context.Message is StringValue)
        {
            context.Respond(context.Message);
        }

        return Task.CompletedTask;
    }
}
