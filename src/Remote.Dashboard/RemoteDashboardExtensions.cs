using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Proto;
using Remote.Dashboard;

namespace Remote;

/// <summary>Puts the dashboard onto an application's web server.</summary>
public static class RemoteDashboardExtensions
{
    /// <summary>
    /// Serves a page that shows the node of this application and its peers, live, and blocks and unblocks peers. Browsers speak HTTP/1.1
    /// unless there is TLS, so the web server must listen for that.
    /// </summary>
    /// <remarks>
    /// It answers the same callers as the administration service: those on this machine, unless <see cref="AdministrationOptions.Enabled"/>
    /// opens it; what it may do is judged by <see cref="RemoteHooks.AuthorizeOperation"/>, with the subjects of that service and
    /// <c>Dashboard</c> for the page. With <c>RequireAuthorization</c> it answers whomever that policy lets in, from wherever. Without it
    /// the host in the URL must be an IP address, <c>localhost</c>, or the host that the node advertises.
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path of the page.</param>
    /// <param name="remote">
    /// The node; when it is left out, the one of the application's services (<c>AddRemote</c>, or an <see cref="ActorSystem"/>).
    /// </param>
    /// <returns>A builder for conventions of the page and all that belongs to it, such as authorization.</returns>
    /// <exception cref="InvalidOperationException">The application's services have no node.</exception>
    /// <example>
    /// <code>
    /// app.MapRemoteDashboard().RequireAuthorization("operators");
    /// </code>
    /// </example>
    public static IEndpointConventionBuilder MapRemoteDashboard(
        this IEndpointRouteBuilder endpoints, string pattern = "/remote", ReliableRemote? remote = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var services = endpoints.ServiceProvider;
        remote ??= services.GetService<ReliableRemote>()
            ?? services.GetService<ActorSystem>()?.Extensions.Get<Proto.Remote.IRemote>() as ReliableRemote
            ?? throw new InvalidOperationException("MapRemoteDashboard needs a node: services.AddRemote(...), or the argument remote.");
        var stopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        return new DashboardEndpoints(remote, stopping).MapTo(endpoints.MapGroup(pattern));
    }
}
