using System.Net;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Proto;
using Proto.Remote;

namespace Remote.Tests;

/// <summary>What hosted services of an application can send while it starts and while it stops: before the node, behind it, and on its web server.</summary>
[Trait("Behaviour", "O-01")]
public sealed class HostOrderTests : IAsyncLifetime
{
    private TestNode _peer = null!;

    public async Task InitializeAsync()
    {
        _peer = await TestNode.StartAsync();
        _peer.SpawnEcho();
    }

    public async Task DisposeAsync() => await _peer.DisposeAsync();

    [Fact]
    public async Task OwnListener_ServiceBehindTheNode_MaySendFromItsStartUntilItsStopping_AndOneBeforeItIsTold()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton<IHostedService>(provider => new Asking(provider, _peer.Pid("echo")));
        builder.Services.AddRemote(Config());
        builder.Services.AddSingleton<IHostedService>(provider => new Asking(provider, _peer.Pid("echo")));
        using var host = builder.Build();
        await host.StartAsync().Within("the start");
        var services = host.Services.GetServices<IHostedService>().OfType<Asking>().ToArray();
        await host.StopAsync().Within("the stop");

        // While the application stops services are asked from the last to the first: the node leaves between these two, and drains what the last one sent.
        Assert.Equal(["StartAsync NotStarted", "StoppingAsync Shutdown", "StopAsync Shutdown"], services[0].Answers);
        Assert.Equal(["StartAsync re:StartAsync", "StoppingAsync re:StoppingAsync", "StopAsync Shutdown"], services[1].Answers);
    }

    [Fact]
    public async Task WebServer_ServicesAreToldUntilItListens_AndWhoWaitsForAConnectionGetsOne()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddRemote(Config());
        builder.Services.AddSingleton<IHostedService>(provider => new Asking(provider, _peer.Pid("echo")));
        builder.Services.AddSingleton(provider => new Waiting(provider.GetRequiredService<ReliableRemote>(), _peer.Address));
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Waiting>());
        await using var app = builder.Build();
        app.MapRemote();
        await app.StartAsync().Within("the start");

        await app.Services.GetRequiredService<Waiting>().Connected.Within("the connection");
        await app.StopAsync().Within("the stop");

        Assert.Equal(
            ["StartAsync NotStarted", "StoppingAsync re:StoppingAsync", "StopAsync Shutdown"],
            app.Services.GetServices<IHostedService>().OfType<Asking>().Single().Answers);
    }

    private static RemoteConfig Config() => RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor);

    /// <summary>Sends at every step of its life, and waits for what comes of it.</summary>
    private sealed class Asking(IServiceProvider services, PID target) : IHostedLifecycleService
    {
        public List<string> Answers { get; } = [];

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => AskAsync(nameof(StartAsync));

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => AskAsync(nameof(StoppingAsync));

        public Task StopAsync(CancellationToken cancellationToken) => AskAsync(nameof(StopAsync));

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        private async Task AskAsync(string step)
        {
            var root = services.GetRequiredService<ActorSystem>().Root;
            using var future = root.GetFuture();

            // A new PID each time: the one that is asked keeps the process that it found first.
            root.Request(PID.FromAddress(target.Address, target.Id), new StringValue { Value = step }, future.Pid);
            var answer = Proto.MessageEnvelope.UnwrapMessage(await future.Task.Within($"the answer in {step}"));
            Answers.Add($"{step} {(answer is DeadLetterResponse refused ? refused.GetReason().Name : ((StringValue)answer!).Value)}");
        }
    }

    /// <summary>What an application does that needs a peer: not in its start, for the web server listens only when all have started.</summary>
    private sealed class Waiting(ReliableRemote remote, string peer) : BackgroundService
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Connected => Done.Task;

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            try
            {
                await remote.WaitForConnectionAsync(peer, stoppingToken);
                Done.SetResult();
            }
            catch (Exception exception)
            {
                Done.SetException(exception);
            }
        }
    }
}
