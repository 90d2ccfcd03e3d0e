using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace Remote;

/// <summary>Starts and stops the node with its application. A thin adapter: everything else is in <see cref="RemoteHost"/>.</summary>
internal sealed class RemoteHostedService(RemoteHost remote, RemoteMapping mapping, IServer? server = null) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) =>
        mapping.IsMapped ? Task.CompletedTask : remote.ListenAsync(cancellationToken);

    /// <summary>Only now the application's web server knows its ports.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (mapping.IsMapped)
        {
            var bound = server?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            remote.Join(RemoteHostAddress.Choose(bound));
        }

        return Task.CompletedTask;
    }

    /// <summary>Runs before the web server stops, while peers can leave on their streams. Takes no longer than the host allows.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => remote.ShutdownAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => remote.ActorSystem.ShutdownAsync();
}
