using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Remote;

/// <summary>Puts the service onto a web server: the node's own, or the application's.</summary>
internal static class RemotingEndpoints
{
    /// <summary>Adds what the service needs; <see cref="IRemotingHandler"/> is added by whoever has it.</summary>
    /// <param name="services">The services of the web server.</param>
    /// <param name="maxReceiveMessageBytes">The largest message that is taken in; asked when the server starts.</param>
    public static IServiceCollection AddRemotingService(this IServiceCollection services, Func<IServiceProvider, int> maxReceiveMessageBytes)
    {
        services.AddGrpc().AddServiceOptions<RemotingService>(static options => options.CompressionProviders.Clear());
        services.AddAdminService();
        services.AddOptions<GrpcServiceOptions<RemotingService>>()
            .Configure<IServiceProvider>((options, provider) => options.MaxReceiveMessageSize = maxReceiveMessageBytes(provider));
        return services;
    }

    /// <summary>Maps the three methods.</summary>
    public static IEndpointConventionBuilder MapRemotingService(this IEndpointRouteBuilder endpoints) =>
        ByRawTarget(endpoints.MapGrpcService<RemotingService>());

    /// <summary>Lets the methods of a service be called by the names that they have, and by no other spelling of them.</summary>
    public static IEndpointConventionBuilder ByRawTarget(IEndpointConventionBuilder service)
    {
        service.Add(static endpoint =>
        {
            var method = endpoint.Metadata.OfType<GrpcMethodMetadata>().FirstOrDefault()?.Method;
            if (method is null || endpoint.RequestDelegate is not { } serve)
            {
                // gRPC's own answers to methods and services that there are not.
                return;
            }

            endpoint.RequestDelegate = context => ServeAsync(context, method.FullName, serve);
        });
        return service;
    }

    private static Task ServeAsync(HttpContext context, string path, RequestDelegate serve)
    {
        // The raw target, because request paths are unescaped and routing ignores case: neither may open a second door.
        if (context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget != path)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        // A middleware that compresses responses looks at this at the first byte. It would hold messages back until it has enough of them.
        context.Request.Headers.AcceptEncoding = default;
        if (context.Features.Get<IRequestBodyPipeFeature>() is { } body)
        {
            var counted = new CountedBody(body.Reader);
            context.Features.Set<IRequestBodyPipeFeature>(new BodyFeature(counted));
            context.Features.Set<IReceivedBytes>(counted);
        }

        return serve(context);
    }

    private sealed record BodyFeature(System.IO.Pipelines.PipeReader Reader) : IRequestBodyPipeFeature;
}
