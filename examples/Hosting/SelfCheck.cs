using System.Net.Http.Json;
using Examples;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Proto;
using Proto.Remote;
using Remote;

namespace Hosting;

/// <summary>Runs the application on free ports, and asks it as its users, its operators and other nodes do.</summary>
internal sealed class SelfCheck(TextWriter output)
{
    private static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(120);

    private static readonly Dictionary<string, string?> FreePorts = new()
    {
        ["Kestrel:Endpoints:Nodes:Url"] = "http://127.0.0.1:0",
        ["Kestrel:Endpoints:People:Url"] = "http://127.0.0.1:0",

        // Others know the node by another name than it listens at, as in a container.
        ["Remote:AdvertisedHost"] = "localhost",
    };

    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(TextWriter output, TextWriter errors, CancellationToken cancellation)
    {
        try
        {
            await new SelfCheck(output).RunAsync().WaitAsync(Ceiling, cancellation);
            return ExitCode.Right;
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            // The host hears the signal as well: what is checked may be ending before the check is.
            await errors.WriteLineAsync("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception exception)
        {
            await errors.WriteLineAsync($"the check failed: {exception.GetType().Name}: {exception.Message}");
            return ExitCode.Wrong;
        }
    }

    private async Task RunAsync()
    {
        await RefuseAsync();
        await using var app = Application.Build(FreePorts);
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = Application.UrlOf(app) };

        var visited = await (await http.PostAsync(new Uri("visits/ada", UriKind.Relative), null)).Content.ReadFromJsonAsync<Visited>();
        await SayAsync("the REST endpoint counts with the service that the actor was given", visited == new Visited("ada", 1));
        await ComeAsNodeAsync(app);
        await SayAsync("the application lives", await http.GetStringAsync(new Uri("health/live", UriKind.Relative)) == "Healthy");
        await SayAsync("and is ready", await http.GetStringAsync(new Uri("health/ready", UriKind.Relative)) == "Healthy");
        var metrics = await http.GetStringAsync(new Uri("metrics", UriKind.Relative));
        await SayAsync("Prometheus is told of the node", metrics.Contains("remote_messages_received_total", StringComparison.Ordinal));
        var page = await http.GetStringAsync(new Uri("dashboard", UriKind.Relative));
        await SayAsync("the dashboard is there", page.Contains("<html", StringComparison.OrdinalIgnoreCase));
        await ChangeAsync(app);

        await app.StopAsync();
        await SayAsync("the node has left", !app.Services.GetRequiredService<ReliableRemote>().Started);
    }

    /// <summary>An application whose configuration is wrong does not start, and says everything at once.</summary>
    private async Task RefuseAsync()
    {
        var wrong = new Dictionary<string, string?>(FreePorts) { ["Remote:SendTimout"] = "00:00:10", ["Remote:Endpoint:QueueCapacity"] = "0" };
        string[] faults = [];
        try
        {
            // Mapping the node is what needs it first.
            await Application.Build(wrong).DisposeAsync();
        }
        catch (OptionsValidationException exception)
        {
            faults = [.. exception.Failures];
        }

        var isSaid = faults.Any(static fault => fault.Contains("did you mean SendTimeout?", StringComparison.Ordinal))
            && faults.Any(static fault => fault.Contains("Endpoint.QueueCapacity is 0; it must be 1 to 100000000", StringComparison.Ordinal));
        await SayAsync("a wrong configuration is refused with all its faults", isSaid && faults.Length == 2);
    }

    /// <summary>Another node spawns an actor here that the container makes, and asks it.</summary>
    private async Task ComeAsNodeAsync(WebApplication app)
    {
        await using var system = new ActorSystem().WithClientRemote(RemoteConfig.BindToLocalhost(), options => options.RequestTimeout = Ceiling);
        await system.Remote().StartAsync();
        var porter = await system.ReliableRemote().SpawnAsync(app.Services.GetRequiredService<ReliableRemote>().Address, PorterActor.Name);
        var visited = await system.Root.RequestAsync<Visited>(porter, new Visit("ada"), Ceiling);
        await SayAsync("another node has spawned an actor through the container", visited == new Visited("ada", 2));
        await system.Remote().ShutdownAsync();
    }

    /// <summary>The node takes up what changes, while it runs.</summary>
    private async Task ChangeAsync(WebApplication app)
    {
        var list = app.Services.GetRequiredService<ReliableRemote>().PeerBlockList;
        Change(app.Configuration, "Remote:BlockList:Entries:0:Address", "10.0.0.7:4000");
        await SayAsync("a peer is blocked by configuration that has changed", list.FindAddress("10.0.0.7:4000") is not null);
        Change(app.Configuration, "Remote:BlockList:Entries:0:Address", "no address");
        await SayAsync("what is not valid is not taken up", list.FindAddress("10.0.0.7:4000") is not null);
    }

    /// <summary>As if somebody wrote into appsettings.json.</summary>
    private static void Change(IConfiguration configuration, string key, string value)
    {
        configuration[key] = value;
        ((IConfigurationRoot)configuration).Reload();
    }

    private async Task SayAsync(string what, bool isTrue)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException($"not true: {what}");
        }

        await output.WriteLineAsync($"ok  {what}");
    }
}
