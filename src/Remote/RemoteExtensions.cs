using Grpc.Net.Client;
using Proto;
using Proto.Remote;

namespace Remote;

/// <summary>
/// What <c>Proto.Remote.GrpcNet.Extensions</c> offers, for this remoting: an application changes <c>using Proto.Remote.GrpcNet;</c> into
/// <c>using Remote;</c> and is done.
/// </summary>
public static class RemoteExtensions
{
    /// <summary>Gives an actor system this remoting. It starts with <c>await system.Remote().StartAsync()</c>.</summary>
    /// <param name="system">The system, which has no actors yet.</param>
    /// <param name="remoteConfig">Where to listen, kinds, serializers.</param>
    /// <returns>The same system.</returns>
    public static ActorSystem WithRemote(this ActorSystem system, RemoteConfig remoteConfig) => system.WithRemote(remoteConfig, static _ => { });

    /// <inheritdoc cref="WithRemote(ActorSystem, RemoteConfig)"/>
    /// <param name="system">The system, which has no actors yet.</param>
    /// <param name="remoteConfig">Where to listen, kinds, serializers.</param>
    /// <param name="configure">Sets what goes beyond that.</param>
    public static ActorSystem WithRemote(this ActorSystem system, RemoteConfig remoteConfig, Action<RemoteOptions> configure)
    {
        _ = new ReliableRemote(system, remoteConfig, Configured(configure));
        return system;
    }

    /// <summary>
    /// Gives an actor system this remoting without a listener: it dials servers, and messages flow both ways on its one stream to each.
    /// </summary>
    /// <param name="system">The system, which has no actors yet.</param>
    /// <param name="remoteConfig">Kinds and serializers.</param>
    /// <returns>The same system.</returns>
    public static ActorSystem WithClientRemote(this ActorSystem system, RemoteConfig remoteConfig) =>
        system.WithClientRemote(remoteConfig, static _ => { });

    /// <inheritdoc cref="WithClientRemote(ActorSystem, RemoteConfig)"/>
    /// <param name="system">The system, which has no actors yet.</param>
    /// <param name="remoteConfig">Kinds and serializers.</param>
    /// <param name="configure">Sets what goes beyond that.</param>
    public static ActorSystem WithClientRemote(this ActorSystem system, RemoteConfig remoteConfig, Action<RemoteOptions> configure)
    {
        _ = new ReliableClientRemote(system, remoteConfig, Configured(configure));
        return system;
    }

    /// <summary>Sets how channels to peers are made.</summary>
    /// <param name="config">The config, which is not changed.</param>
    /// <param name="options">The options of grpc-dotnet.</param>
    /// <returns>A config with them.</returns>
    public static RemoteConfig WithChannelOptions(this RemoteConfig config, GrpcChannelOptions options)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config with { ChannelOptions = options };
    }

    /// <summary>Sets which of several bound addresses is advertised.</summary>
    /// <param name="config">The config, which is not changed.</param>
    /// <param name="uriChooser">Chooses.</param>
    /// <returns>A config with it.</returns>
    public static RemoteConfig WithUriChooser(this RemoteConfig config, Func<IEnumerable<Uri>?, Uri?> uriChooser)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config with { UriChooser = uriChooser };
    }

    /// <summary>This remoting of a system, with all that it offers beyond <see cref="IRemote"/>.</summary>
    /// <param name="system">The system.</param>
    /// <exception cref="InvalidOperationException">The system has none, or another one.</exception>
    public static ReliableRemote ReliableRemote(this ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.Extensions.Get<IRemote>() as ReliableRemote
            ?? throw new InvalidOperationException("The actor system has no remoting of Remote: call system.WithRemote(...) with 'using Remote;' first.");
    }

    private static RemoteOptions Configured(Action<RemoteOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var options = new RemoteOptions();
        configure(options);
        return options;
    }
}
