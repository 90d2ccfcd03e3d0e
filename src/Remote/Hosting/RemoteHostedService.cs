using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace Remote;

/// <summary>Starts and stops the node with its application. A thin adapter: everything else is in <see cref="NodeLife"/>.</summary>
internal sealed class RemoteHostedService(ReliableRemote remote, IServer? server = null, IAuthorizationPolicyProvider? policies = null)
    : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) =>
        remote.Life.IsMapped ? Task.CompletedTask : remote.StartAsync().WaitAsync(cancellationToken);

    /// <summary>Only now the application's web server knows its ports.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (remote.Life.IsMapped)
        {
            if (policies is not null && await policies.GetFallbackPolicyAsync().ConfigureAwait(false) is not null)
            {
                remote.Life.IsGuarded = true;
            }

            var bound = server?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            remote.Life.Join(await BoundAddresses.ChooseAsync(bound, remote.Config, remote.Time, remote.DialsWithTls).ConfigureAwait(false));
        }
    }

    /// <summary>Runs before the web server stops, while peers can leave on their streams. Takes no longer than the host allows.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => remote.Life.ShutdownAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => remote.System.ShutdownAsync("The application has stopped.");
}
