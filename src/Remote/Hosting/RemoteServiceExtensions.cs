using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Remote.Actors;
using Remote.Transport;

namespace Remote;

/// <summary>Puts a remoting node into an application with dependency injection.</summary>
public static class RemoteServiceExtensions
{
    /// <summary>
    /// Adds a node: <see cref="ActorSystem"/>, <see cref="IRemote"/>, and a hosted service that starts and stops it. It listens by itself
    /// unless <see cref="MapRemote"/> puts it onto the application's web server. May be called several times; everything is applied in
    /// order.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="setup">Adds messages, kinds and hooks; the provider gives access to other services.</param>
    public static IServiceCollection AddRemote(
        this IServiceCollection services, Action<RemoteOptions>? configure = null, Action<IServiceProvider, RemoteSetup>? setup = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<RemoteOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RemoteOptions>, RemoteOptionsValidator>());
        if (configure is not null)
        {
            services.Configure(configure);
        }

        if (setup is not null)
        {
            services.AddSingleton(new SetupAction(setup));
        }

        services.TryAddSingleton(provider => new ActorSystem(
            new ActorSystemOptions { LoggerFactory = provider.GetRequiredService<ILoggerFactory>() }));
        services.TryAddSingleton(Create);
        services.TryAddSingleton<IRemote>(provider => provider.GetRequiredService<RemoteHost>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RemoteHostedService>());
        return services;
    }

    /// <summary>
    /// As <see cref="AddRemote(IServiceCollection, Action{RemoteOptions}, Action{IServiceProvider, RemoteSetup})"/>, with options from
    /// configuration.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="section">Holds values named like the properties of <see cref="RemoteOptions"/>.</param>
    /// <param name="setup">Adds messages, kinds and hooks.</param>
    public static IServiceCollection AddRemote(
        this IServiceCollection services, IConfiguration section, Action<IServiceProvider, RemoteSetup>? setup = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        services.AddRemote(options => section.Bind(options), setup);
        return services;
    }

    /// <summary>
    /// Serves the node on the application's own web server, beside its other endpoints, instead of on a listener of its own. Kestrel must
    /// listen with HTTP/2.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>A builder for conventions of the three methods, such as authorization.</returns>
    public static IEndpointConventionBuilder MapRemote(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var remote = endpoints.ServiceProvider.GetRequiredService<RemoteHost>();
        remote.IsMapped = true;
        return endpoints.MapGrpc(remote.Methods);
    }

    private static RemoteHost Create(IServiceProvider provider)
    {
        var setup = new RemoteSetup();
        foreach (var action in provider.GetServices<SetupAction>())
        {
            action.Apply(provider, setup);
        }

        var options = provider.GetRequiredService<IOptions<RemoteOptions>>().Value;
        return new RemoteHost(new NodeSettings(provider.GetRequiredService<ActorSystem>(), options, setup));
    }

    /// <summary>A part of an application that adds messages or kinds; all of them are applied, in the order of registration.</summary>
    private sealed record SetupAction(Action<IServiceProvider, RemoteSetup> Apply);
}
