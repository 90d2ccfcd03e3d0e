using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Proto;
using Proto.Remote;

namespace Remote;

/// <summary>Puts a remoting node into an application with dependency injection.</summary>
public static class RemoteServiceExtensions
{
    /// <summary>
    /// Adds a node: <see cref="ActorSystem"/> unless there is one, <see cref="IRemote"/>, and a hosted service that starts and stops it. It
    /// listens by itself unless <see cref="MapRemote"/> puts it onto the application's web server.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="config">Where to listen, kinds, serializers.</param>
    /// <param name="configure">Sets what goes beyond that.</param>
    public static IServiceCollection AddRemote(this IServiceCollection services, RemoteConfig config, Action<RemoteOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return services.AddRemote(_ => config, configure);
    }

    /// <inheritdoc cref="AddRemote(IServiceCollection, RemoteConfig, Action{RemoteOptions})"/>
    /// <param name="services">The application's services.</param>
    /// <param name="config">Makes the config; the provider gives access to other services.</param>
    /// <param name="configure">Sets what goes beyond that.</param>
    public static IServiceCollection AddRemote(
        this IServiceCollection services, Func<IServiceProvider, RemoteConfig> config, Action<RemoteOptions>? configure = null) =>
        services.Add(config, configure, static (system, config, options) => new ReliableRemote(system, config, options));

    /// <summary>Adds a node whose host, port and options come from configuration.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="section">
    /// Holds <c>Host</c>, <c>Port</c>, <c>AdvertisedHost</c>, <c>AdvertisedPort</c>, and values named like the properties of
    /// <see cref="RemoteOptions"/>.
    /// </param>
    /// <param name="config">Adds kinds and serializers to the config that was read.</param>
    public static IServiceCollection AddRemote(
        this IServiceCollection services, IConfiguration section, Func<IServiceProvider, RemoteConfig, RemoteConfig>? config = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        return services.AddRemote(
            provider =>
            {
                var read = ReadConfig(section);
                return config?.Invoke(provider, read) ?? read;
            },
            options => section.Bind(options));
    }

    /// <summary>Adds a node without a listener.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="config">Kinds and serializers.</param>
    /// <param name="configure">Sets what goes beyond that.</param>
    public static IServiceCollection AddClientRemote(this IServiceCollection services, RemoteConfig config, Action<RemoteOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return services.Add(_ => config, configure, static (system, config, options) => new ReliableClientRemote(system, config, options));
    }

    /// <summary>
    /// Puts this remoting under a cluster that <c>AddProtoCluster</c> has added before, in the place of the one that it makes: with the same
    /// config, so the same serializers, host, port and kinds. The cluster starts and stops it.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets what goes beyond Proto.Remote's config.</param>
    /// <exception cref="InvalidOperationException">No actor system was added before, or it turns out to have no remoting.</exception>
    /// <example>
    /// <code>
    /// services.AddProtoCluster("shop", clusterProvider: provider, configureCluster: config => config.WithClusterKind("order", props));
    /// services.AddClusterRemote();
    /// </code>
    /// </example>
    public static IServiceCollection AddClusterRemote(this IServiceCollection services, Action<RemoteOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ClusterRemote.TakePlace(services);
        services.AddCommon(configure);
        services.TryAddSingleton(static provider => provider.GetRequiredService<ActorSystem>().ReliableRemote());
        return services;
    }

    /// <summary>
    /// Serves the node on the application's own web server, beside its other endpoints, instead of on a listener of its own. Kestrel must
    /// listen with HTTP/2.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>A builder for conventions of all methods, those of the administration service included, such as authorization.</returns>
    public static IEndpointConventionBuilder MapRemote(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var remote = endpoints.ServiceProvider.GetRequiredService<ReliableRemote>();
        remote.Life.IsMapped = true;
        var mapped = new JoinedConventions(endpoints.MapRemotingService(), endpoints.MapAdminService());
        mapped.Finally(endpoint => remote.Life.IsGuarded |= endpoint.Metadata.OfType<IAuthorizeData>().Any());
        return mapped;
    }

    private static IServiceCollection Add(
        this IServiceCollection services,
        Func<IServiceProvider, RemoteConfig> config,
        Action<RemoteOptions>? configure,
        Func<ActorSystem, RemoteConfig, RemoteOptions, ReliableRemote> make)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(config);
        services.AddCommon(configure);
        services.TryAddSingleton(static _ => new ActorSystem());
        services.TryAddSingleton(provider => make(provider.GetRequiredService<ActorSystem>(), config(provider), OptionsOf(provider)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RemoteHostedService>());
        return services;
    }

    private static void AddCommon(this IServiceCollection services, Action<RemoteOptions>? configure)
    {
        services.AddOptions<RemoteOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RemoteOptions>, RemoteOptionsValidator>());
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.AddRemotingService(static provider => provider.GetRequiredService<IOptions<RemoteOptions>>().Value.MaxMessageBytes);
        services.TryAddSingleton(static provider => provider.GetRequiredService<ReliableRemote>().Life.Handler);
        services.TryAddSingleton(static provider => provider.GetRequiredService<ReliableRemote>().Life.Gate);
        services.TryAddSingleton(static provider => provider.GetRequiredService<ReliableRemote>().Life.Administration);
        services.TryAddSingleton<IRemote>(static provider => provider.GetRequiredService<ReliableRemote>());
    }

    /// <summary>The options of the application's node, whose log and metrics go where the application's go.</summary>
    internal static RemoteOptions OptionsOf(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<RemoteOptions>>().Value;
        options.Hooks.LoggerFactory ??= provider.GetService<ILoggerFactory>();
        options.Hooks.MeterFactory ??= provider.GetService<IMeterFactory>();
        return options;
    }

    private static RemoteConfig ReadConfig(IConfiguration section)
    {
        var read = section.Get<ListenSection>() ?? new ListenSection();
        var config = RemoteConfig.BindTo(read.Host, read.Port);
        return config with { AdvertisedHost = read.AdvertisedHost ?? config.AdvertisedHost, AdvertisedPort = read.AdvertisedPort };
    }

    /// <summary>The part of a section that goes into Proto.Remote's config, which cannot be bound.</summary>
    internal sealed class ListenSection
    {
        public string Host { get; set; } = RemoteConfig.Localhost;

        public int Port { get; set; }

        public string? AdvertisedHost { get; set; }

        public int? AdvertisedPort { get; set; }
    }
}
