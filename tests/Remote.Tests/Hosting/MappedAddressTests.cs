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

/// <summary>Which of the addresses of an application's own web server peers are told.</summary>
[Trait("Behaviour", "I-02")]
public sealed class MappedAddressTests
{
    [Theory]
    [InlineData("http://[::]:0")]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    public async Task MapRemote_OnAWildcardWithoutAnAdvertisedHost_DoesNotStartAndNamesIt(string url)
    {
        await using var app = Make(RemoteConfig.BindToLocalhost(), url);

        var failure = await Assert.ThrowsAsync<RemoteException>(() => app.StartAsync().Within("the refusal"));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        Assert.Contains("set RemoteConfig.AdvertisedHost", failure.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be dialled", failure.Message, StringComparison.Ordinal);
        Assert.False(app.Services.GetRequiredService<ReliableRemote>().Started);
    }

    [Theory]
    [InlineData("http://[::]:0")]
    [InlineData("http://0.0.0.0:0")]
    public async Task MapRemote_OnAWildcardWithAnAdvertisedHost_IsReachedThere(string url)
    {
        await using var app = Make(RemoteConfig.BindToLocalhost().WithAdvertisedHost("LocalHost"), url);

        await app.StartAsync().Within("the start");

        Assert.StartsWith("localhost:", app.Services.GetRequiredService<ReliableRemote>().Address, StringComparison.Ordinal);
        await AssertAnswersAsync(app);
        await app.StopAsync().Within("the stop");
    }

    [Fact]
    public async Task MapRemote_BehindAnHttp1Endpoint_AdvertisesTheHttp2One()
    {
        await using var app = Make(RemoteConfig.BindToLocalhost(), HttpProtocols.Http1, HttpProtocols.Http1AndHttp2, HttpProtocols.Http2);

        await app.StartAsync().Within("the start");

        Assert.Equal(app.Urls.ElementAt(2), $"http://{app.Services.GetRequiredService<ReliableRemote>().Address}");
        await AssertAnswersAsync(app);
        await app.StopAsync().Within("the stop");
    }

    /// <summary>A cluster starts its remoting by itself. A start that waited for the web server would keep the application from starting it.</summary>
    [Fact]
    public async Task StartAsync_OnMappedNode_IsRefusedBeforeTheWebServerListens_AndDoneAfterwards()
    {
        await using var app = Make(RemoteConfig.BindToLocalhost(), "http://127.0.0.1:0");
        IRemote remote = app.Services.GetRequiredService<ReliableRemote>();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => remote.StartAsync().Within("the refusal"));
        Assert.Contains("ApplicationStarted", refused.Message, StringComparison.Ordinal);

        await app.StartAsync().Within("the start");
        await remote.StartAsync().Within("the start by a cluster");

        Assert.Equal(Assert.Single(app.Urls), $"http://{remote.System.Address}");
        await app.StopAsync().Within("the stop");
    }

    [Fact]
    public async Task MapRemote_OnHttp1EndpointsOnly_DoesNotStartAndSaysWhy()
    {
        await using var app = Make(RemoteConfig.BindToLocalhost(), HttpProtocols.Http1, HttpProtocols.Http1AndHttp2);

        var failure = await Assert.ThrowsAsync<RemoteException>(() => app.StartAsync().Within("the refusal"));

        Assert.Equal(RemoteError.BindFailed, failure.Error);
        Assert.Contains("none of these speaks HTTP/2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Protocols = Http2", failure.Message, StringComparison.Ordinal);
        Assert.All(app.Urls, url => Assert.Contains(url, failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task UriChooser_OfSeveralHttp2Endpoints_Chooses()
    {
        List<Uri> seen = [];
        var config = RemoteConfig.BindToLocalhost().WithUriChooser(uris =>
        {
            seen.AddRange(uris!);
            return seen[^1];
        });
        await using var app = Make(config, HttpProtocols.Http2, HttpProtocols.Http1, HttpProtocols.Http2);

        await app.StartAsync().Within("the start");

        // Those that cannot carry the node are no choice.
        Assert.Equal([app.Urls.ElementAt(0), app.Urls.ElementAt(2)], seen.Select(uri => uri.OriginalString.TrimEnd('/')));
        Assert.Equal(seen[^1].Authority, app.Services.GetRequiredService<ReliableRemote>().Address);
        await AssertAnswersAsync(app);
        await app.StopAsync().Within("the stop");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task UriChooser_AnswersWithThePortOfItsScheme_ItIsAdvertised(int endpoints)
    {
        var config = RemoteConfig.BindToLocalhost().WithUriChooser(_ => new Uri("http://node1.example.com"));
        await using var app = Make(config, [.. Enumerable.Repeat(HttpProtocols.Http2, endpoints)]);

        await app.StartAsync().Within("the start");

        Assert.Equal("node1.example.com:80", app.Services.GetRequiredService<ReliableRemote>().Address);
        await app.StopAsync().Within("the stop");
    }

    [Fact]
    public async Task ConfigureKestrel_OfTheConfig_IsRefused()
    {
        await using var app = Make(RemoteConfig.BindToLocalhost() with { ConfigureKestrel = static _ => { } }, HttpProtocols.Http2);

        var failure = await Assert.ThrowsAsync<RemoteException>(() => app.StartAsync().Within("the refusal"));

        Assert.Equal(RemoteError.InvalidConfiguration, failure.Error);
        Assert.Contains("RemoteConfig.ConfigureKestrel has no meaning with MapRemote", failure.Message, StringComparison.Ordinal);
    }

    private static WebApplication Make(RemoteConfig config, string url) => Make(config, host =>
    {
        host.UseUrls(url);
        host.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2));
    });

    private static WebApplication Make(RemoteConfig config, params HttpProtocols[] endpoints) => Make(config, host => host.ConfigureKestrel(kestrel =>
    {
        foreach (var protocols in endpoints)
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols);
        }
    }));

    private static WebApplication Make(RemoteConfig config, Action<IWebHostBuilder> listen)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        listen(builder.WebHost);
        builder.Services.AddRemote(config.WithProtoMessages(WrappersReflection.Descriptor));
        var app = builder.Build();
        app.MapRemote();
        return app;
    }

    /// <summary>A request and its answer, which takes a connection in each direction.</summary>
    private static async Task AssertAnswersAsync(WebApplication app)
    {
        var remote = app.Services.GetRequiredService<ReliableRemote>();
        remote.System.Root.SpawnNamed(Props.FromFunc(Echo), "echo");
        await using var peer = await TestNode.StartAsync();

        Assert.Equal("hello", await peer.AskAsync(PID.FromAddress(remote.Address, "echo"), "hello"));
    }

    private static Task Echo(IContext context)
    {
        if (context.Message is StringValue)
        {
            context.Respond(context.Message);
        }

        return Task.CompletedTask;
    }
}
