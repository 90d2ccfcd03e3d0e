using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Proto;
using Proto.DependencyInjection;
using Proto.Remote;

namespace Remote;

/// <summary>Puts a remoting node into an application with dependency injection.</summary>
public static class RemoteServiceExtensions
{
    /// <summary>
    /// Adds a node: <see cref="ActorSystem"/> unless there is one, <see cref="IRemote"/>, and a hosted service that starts and stops it. It
    /// listens by itself unless <see cref="MapRemote"/> puts it onto the application's web server. Everything that is wrong with config and options is
    /// said by one <see cref="OptionsValidationException"/> when the application starts.
    /// </summary>
    /// <remarks>
    /// The system has the application's services: <c>system.DI().PropsFor&lt;T&gt;()</c> (<c>Proto.DependencyInjection</c>) makes actors through the
    /// container, those of <see cref="RemoteConfig.RemoteKinds"/> too.
    /// </remarks>
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
        services.Add(Given(config), configure, NewServer, isClient: false);

    /// <summary>Adds a node whose host, port and options come from configuration.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="section">
    /// Holds values named like the properties of <see cref="RemoteOptions"/>, and <c>Host</c>, <c>Port</c>, <c>AdvertisedHost</c>,
    /// <c>AdvertisedPort</c> and the other plain values of <see cref="RemoteConfig"/>.
    /// </param>
    /// <param name="config">Adds kinds and serializers to the config that was read.</param>
    /// <remarks>
    /// A name that is no option is a fault, and so is a value that cannot be read. What code sets later (<c>services.Configure&lt;RemoteOptions&gt;</c>)
    /// goes over the section. When configuration changes, the node takes up what can change while it runs: docs/operations.md lists it.
    /// </remarks>
    /// <example>
    /// <code>
    /// services.AddRemote(builder.Configuration.GetSection("Remote"), (provider, config) => config.WithProtoMessages(ShopReflection.Descriptor));
    /// </code>
    /// </example>
    public static IServiceCollection AddRemote(
        this IServiceCollection services, IConfiguration section, Func<IServiceProvider, RemoteConfig, RemoteConfig>? config = null) =>
        services.Add(Completed(config), null, NewServer, isClient: false).AddSection(section);

    /// <summary>Adds a node without a listener.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="config">Kinds and serializers.</param>
    /// <param name="configure">Sets what goes beyond that.</param>
    public static IServiceCollection AddClientRemote(this IServiceCollection services, RemoteConfig config, Action<RemoteOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return services.Add(Given(_ => config), configure, NewClient, isClient: true);
    }

    /// <summary>Adds a node without a listener whose options come from configuration.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="section">As for <see cref="AddRemote(IServiceCollection, IConfiguration, Func{IServiceProvider, RemoteConfig, RemoteConfig})"/>.</param>
    /// <param name="config">Adds kinds and serializers to the config that was read.</param>
    public static IServiceCollection AddClientRemote(
        this IServiceCollection services, IConfiguration section, Func<IServiceProvider, RemoteConfig, RemoteConfig>? config = null) =>
        services.Add(Completed(config), null, NewClient, isClient: true).AddSection(section, "a node without a listener listens nowhere");

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

    /// <inheritdoc cref="AddClusterRemote(IServiceCollection, Action{RemoteOptions})"/>
    /// <param name="services">The application's services.</param>
    /// <param name="section">
    /// Holds values named like the properties of <see cref="RemoteOptions"/>, and plain values of <see cref="RemoteConfig"/> that go over those given
    /// to <c>AddProtoCluster</c>. <c>Host</c> and <c>Port</c> are arguments there.
    /// </param>
    public static IServiceCollection AddClusterRemote(this IServiceCollection services, IConfiguration section) =>
        services.AddClusterRemote().AddSection(section, "host and port of a cluster are arguments of AddProtoCluster");

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
        Func<IServiceProvider, RemoteSection, RemoteConfig> config,
        Action<RemoteOptions>? configure,
        Func<ActorSystem, RemoteConfig, RemoteOptions, ReliableRemote> make,
        bool isClient)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddCommon(configure);
        services.TryAddSingleton(static provider => WithServices(new ActorSystem(), provider));
        services.TryAddSingleton(provider =>
        {
            // Kinds may be made through the container.
            var system = WithServices(provider.GetRequiredService<ActorSystem>(), provider);
            var (read, options) = NodeStart.Read(provider, config, isClient);
            return make(system, read, options);
        });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RemoteHostedService>());
        return services;
    }

    private static void AddCommon(this IServiceCollection services, Action<RemoteOptions>? configure)
    {
        services.AddOptions<RemoteOptions>();
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

    /// <summary>Options come from a section, at the start and when it changes.</summary>
    private static IServiceCollection AddSection(this IServiceCollection services, IConfiguration section, string? listensElsewhere = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        services.Configure<RemoteOptions>(options => RemoteSection.Read(section, options, listensElsewhere));
        services.AddSingleton(new WatchedSection(section));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ConfigurationService>());
        return services;
    }

    private static Func<IServiceProvider, RemoteSection, RemoteConfig> Given(Func<IServiceProvider, RemoteConfig> config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return (provider, _) => config(provider);
    }

    private static Func<IServiceProvider, RemoteSection, RemoteConfig> Completed(Func<IServiceProvider, RemoteConfig, RemoteConfig>? config) =>
        (provider, section) => config is null ? section.ToConfig() : config(provider, section.ToConfig());

    private static ReliableRemote NewServer(ActorSystem system, RemoteConfig config, RemoteOptions options) => new(system, config, options);

    private static ReliableClientRemote NewClient(ActorSystem system, RemoteConfig config, RemoteOptions options) => new(system, config, options);

    /// <summary>Lets <c>system.DI()</c> find the application's services, as AddProtoCluster does; a system that has some keeps them.</summary>
    private static ActorSystem WithServices(ActorSystem system, IServiceProvider provider) =>
        system.Extensions.Get<DIExtension>() is null ? system.WithServiceProvider(provider) : system;
}
