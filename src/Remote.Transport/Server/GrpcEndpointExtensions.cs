using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Remote.Transport;

/// <summary>Puts gRPC methods beside the other endpoints of an ASP.NET Core application.</summary>
public static class GrpcEndpointExtensions
{
    /// <summary>
    /// Maps every method as an endpoint of its own. The application's Kestrel must listen with HTTP/2. Routing finds the
    /// endpoint; the handler is reached only when the raw request target equals the path byte for byte.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="methods">The methods, complete: later additions are not seen.</param>
    /// <param name="options">How calls are handled, or null for the defaults.</param>
    /// <returns>A builder for conventions that hold for all of the methods, such as authorization.</returns>
    public static IEndpointConventionBuilder MapGrpc(this IEndpointRouteBuilder endpoints, GrpcMethods methods, GrpcServiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(methods);
        options ??= new GrpcServiceOptions();
        options.FindFaults().ThrowIfAny(nameof(options));
        RouteGroupBuilder group = endpoints.MapGroup(RoutePatternFactory.Parse(""));
        var dispatcher = new GrpcDispatcher(methods, options);
        foreach (string path in methods.Paths)
        {
            RoutePattern pattern = RoutePatternFactory.Pattern(
                path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(s => RoutePatternFactory.Segment(RoutePatternFactory.LiteralPart(s))));
            group.Map(pattern, dispatcher.DispatchAsync).WithDisplayName("gRPC - " + path);
        }

        return group;
    }
}
