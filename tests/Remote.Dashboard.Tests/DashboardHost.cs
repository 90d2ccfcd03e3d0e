using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;

namespace Remote.Dashboard.Tests;

/// <summary>A node, an application with its dashboard on loopback, and a client of that.</summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    /// <summary>Generous: only a test that fails waits for it.</summary>
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    private DashboardHost(ActorSystem system, WebApplication app)
    {
        System = system;
        App = app;
        Uri = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Uri, Timeout = Ceiling };
    }

    public ActorSystem System { get; }

    public ReliableRemote Remote => System.ReliableRemote();

    public WebApplication App { get; }

    public Uri Uri { get; }

    public HttpClient Http { get; }

    /// <param name="options">Of the node.</param>
    /// <param name="from">Where callers seem to come from; loopback, where they do come from, when it is left out.</param>
    /// <param name="services">What the application has besides.</param>
    /// <param name="pipeline">What stands before its endpoints.</param>
    /// <param name="conventions">What holds for the dashboard.</param>
    public static async Task<DashboardHost> StartAsync(
        Action<RemoteOptions>? options = null,
        IPAddress? from = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? pipeline = null,
        Action<IEndpointConventionBuilder>? conventions = null)
    {
        var system = await StartNodeAsync(options);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        services?.Invoke(builder.Services);
        var app = builder.Build();
        if (from is not null)
        {
            app.Use((http, next) =>
            {
                http.Connection.RemoteIpAddress = from;
                return next(http);
            });
        }

        app.UseRouting();
        pipeline?.Invoke(app);
        var mapped = app.MapRemoteDashboard(remote: system.ReliableRemote());
        conventions?.Invoke(mapped);
        await app.StartAsync().WaitAsync(Ceiling);
        return new DashboardHost(system, app);
    }

    /// <summary>Another node.</summary>
    /// <param name="options">Of the node.</param>
    /// <param name="at">Its port; any free one when it is 0.</param>
    /// <param name="behind">The port that others dial, when it is another one.</param>
    public static async Task<ActorSystem> StartNodeAsync(Action<RemoteOptions>? options = null, int at = 0, int? behind = null)
    {
        var config = RemoteConfig.BindTo("127.0.0.1", at).WithProtoMessages(WrappersReflection.Descriptor).WithAdvertisedPort(behind);
        var system = new ActorSystem().WithRemote(config, configured => options?.Invoke(configured));
        await system.Remote().StartAsync().WaitAsync(Ceiling);
        return system;
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>A request that the buttons of the page make, with its header.</summary>
    public Task<HttpResponseMessage> PressAsync(string path, string json, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, json, [("Remote-Dashboard", "1"), .. headers]);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? json, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Content = json is null ? null : new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.StopAsync().WaitAsync(Ceiling);
        await App.DisposeAsync();
        await System.Remote().ShutdownAsync(false).WaitAsync(Ceiling);
    }
}
