using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;

namespace Remote.TestNode;

/// <summary>
/// The sink in an application with a host, which ends as such applications do: by SIGTERM. With a listener of the node's own, or on the
/// application's web server.
/// </summary>
internal static class HostedNode
{
    public const string OwnListener = "hosted", WebServer = "mapped";

    /// <summary>Whether the arguments ask for one.</summary>
    public static bool IsWanted(string[] arguments) => arguments is [OwnListener or WebServer, _];

    /// <param name="arguments">Which of the two, and the path of the ledger.</param>
    /// <param name="output">Says what happens.</param>
    public static async Task RunAsync(string[] arguments, TextWriter output)
    {
        var announcer = new Announcer(output);
        using var ledger = Ledger.Open(arguments[1]);
        using var host = arguments[0] == WebServer ? OnWebServer(announcer, ledger) : OnOwnListener(announcer, ledger);
        await host.RunAsync();
        announcer.Say("ended");
    }

    private static IHost OnOwnListener(Announcer announcer, Ledger ledger)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        Add(builder.Services, announcer, ledger);
        return builder.Build();
    }

    private static IHost OnWebServer(Announcer announcer, Ledger ledger)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        Add(builder.Services, announcer, ledger);
        var app = builder.Build();
        app.MapRemote();
        return app;
    }

    private static void Add(IServiceCollection services, Announcer announcer, Ledger ledger)
    {
        // Little credit, so that most of what is sent waits at the sender and has to be drained.
        services.AddRemote(
            RemoteConfig.BindToLocalhost().WithProtoMessages(TestnodeReflection.Descriptor), options => options.Inbound.MaxMessages = 100);
        services.AddSingleton(announcer);
        services.AddSingleton(ledger);
        services.AddHostedService<Sink>();
    }

    /// <summary>What an application does that wants everything worked off: it ends its actors when the node has left and before their system ends.</summary>
    private sealed class Sink(ActorSystem system, ReliableRemote remote, IHostApplicationLifetime lifetime, Announcer announcer, Ledger ledger) : IHostedService
    {
        private PID? _sink;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _sink = system.Root.SpawnNamed(Props.FromProducer(() => new SinkActor(1, ledger, pace: null)), SinkActor.Name);
            lifetime.ApplicationStarted.Register(() => announcer.Say("listening", ("address", remote.Address)));
            return Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            announcer.Say("left", ("endpoints", $"{remote.GetEndpoints().Count(endpoint => endpoint.State != EndpointState.Closed)}"));
            await system.Root.PoisonAsync(_sink!).WaitAsync(cancellationToken);
        }
    }
}
