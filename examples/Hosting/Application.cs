using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using Proto;
using Proto.DependencyInjection;
using Proto.Remote;
using Remote;
using Remote.OpenTelemetry;

namespace Hosting;

/// <summary>The web application: its services, its endpoints, and the node among them.</summary>
internal static class Application
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    /// <summary>Builds it. appsettings.json has the ports and the options of the node.</summary>
    /// <param name="overrides">Goes over the file.</param>
    public static WebApplication Build(IEnumerable<KeyValuePair<string, string?>>? overrides = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddInMemoryCollection(overrides ?? []);

        // What keeps it from starting is said in one sentence, by the command line.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", static level => level == LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", static level => level is LogLevel.Warning or LogLevel.Error);
        AddServices(builder.Services, builder.Configuration);
        var app = builder.Build();
        MapEndpoints(app);
        return app;
    }

    /// <summary>The URL of the endpoints for people, which speak HTTP/1.1, as this machine reaches it.</summary>
    public static Uri UrlOf(WebApplication app)
    {
        var people = UrlIn(app.Configuration, "People");
        var host = people.Host is "0.0.0.0" or "[::]" or "*" or "+" ? "localhost" : people.Host;
        return new UriBuilder(people.Scheme, host, people.Port == 0 ? FreePort(app) : people.Port).Uri;
    }

    public static async Task DescribeAsync(WebApplication app, TextWriter output)
    {
        var url = UrlOf(app);
        await output.WriteLineAsync($"listening on {app.Services.GetRequiredService<ReliableRemote>().Address}");
        await output.WriteLineAsync($"a visit       curl -X POST {url}visits/ada");
        await output.WriteLineAsync($"health        {url}health/live  {url}health/ready");
        await output.WriteLineAsync($"metrics       {url}metrics");
        await output.WriteLineAsync($"dashboard     {url}dashboard");
    }

    /// <summary>The port that the system gave to people. Only the port tells the two apart: the node may be known by another name than it listens at.</summary>
    private static int FreePort(WebApplication app)
    {
        var node = UrlIn(app.Configuration, "Nodes").Port is > 0 and var port ? port : new Uri($"http://{app.Services.GetRequiredService<ReliableRemote>().Address}").Port;
        var bound = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        return bound.Select(BindingAddress.Parse).First(address => address.Port != node).Port;
    }

    private static BindingAddress UrlIn(IConfiguration configuration, string name) => BindingAddress.Parse(configuration[$"Kestrel:Endpoints:{name}:Url"]!);

    // begin services
    private static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<VisitBook>();
        services.AddTransient<PorterActor>();
        services.AddRemote(
            configuration.GetSection("Remote"),
            (provider, config) => config.WithRemoteKind(PorterActor.Name, provider.GetRequiredService<ActorSystem>().DI().PropsFor<PorterActor>()));
        services.AddHostedService<PorterService>();
        services.AddHealthChecks().AddRemote();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddRemoteInstrumentation().AddPrometheusExporter());
    }

    // end services

    // begin endpoints
    private static void MapEndpoints(WebApplication app)
    {
        app.MapRemote();
        app.MapRemoteDashboard("/dashboard");
        app.MapPrometheusScrapingEndpoint();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") });
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
        app.MapPost("/visits/{name}", (string name, ActorSystem system) =>
            system.Root.RequestAsync<Visited>(PID.FromAddress(system.Address, PorterActor.Name), new Visit(name), AnswerTime));
    }

    // end endpoints
}
