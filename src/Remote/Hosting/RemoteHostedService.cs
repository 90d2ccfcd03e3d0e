using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace Remote;

/// <summary>Starts and stops the node with its application. A thin adapter: everything else is in <see cref="RemoteHost"/>.</summary>
internal sealed class RemoteHostedService(RemoteHost remote, IServer? server = null) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) =>
        remote.IsMapped ? Task.CompletedTask : remote.ListenAsync(cancellationToken);

    /// <summary>Only now the application's web server knows its ports.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (remote.IsMapped)
        {
            var bound = server?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            remote.Join(Choose(bound));
        }

        return Task.CompletedTask;
    }

    /// <summary>Runs before the web server stops, while peers can leave on their streams. Takes no longer than the host allows.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => remote.ShutdownAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => remote.ActorSystem.ShutdownAsync();

    /// <summary>The first address that speaks HTTP/2 without TLS, else the first of all: <c>host:port</c> or <c>unix:///path</c>.</summary>
    private static string Choose(ICollection<string> bound)
    {
        var url = bound.FirstOrDefault(address => address.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            ?? bound.FirstOrDefault()
            ?? throw new RemoteException(
                RemoteError.BindFailed, "The web server of this application listens nowhere; MapRemote needs an HTTP/2 endpoint.");
        var authority = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        return authority.StartsWith("unix:", StringComparison.Ordinal) ? PeerAddress.UnixScheme + authority["unix:".Length..] : authority;
    }
}
