using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Remote;

/// <summary>Puts the administration service onto a web server: the node's own, or the application's.</summary>
internal static class AdminEndpoints
{
    // Its requests are addresses, reasons and up to a hundred identities.
    private const int MaxRequestBytes = 64 * 1024;

    /// <summary>Adds what the service needs; <see cref="NodeAdministration"/> and <see cref="CallGate"/> are added by whoever has them.</summary>
    public static IServiceCollection AddAdminService(this IServiceCollection services)
    {
        services.AddGrpc().AddServiceOptions<AdminService>(static options =>
        {
            options.CompressionProviders.Clear();
            options.MaxReceiveMessageSize = MaxRequestBytes;
        });
        return services;
    }

    /// <summary>Maps the six methods.</summary>
    public static IEndpointConventionBuilder MapAdminService(this IEndpointRouteBuilder endpoints) =>
        RemotingEndpoints.ByRawTarget(endpoints.MapGrpcService<AdminService>());
}
