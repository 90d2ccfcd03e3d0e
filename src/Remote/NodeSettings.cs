using Microsoft.Extensions.Logging;
using Proto;
using Proto.Remote;

namespace Remote;

/// <summary>
/// The settings of a node, known before it listens: <see cref="NodeContext"/> adds the address, which only the listener knows. Immutable.
/// </summary>
/// <param name="ActorSystem">The actors of the node.</param>
/// <param name="Config">The settings that it has in common with Proto.Remote.</param>
/// <param name="Options">Our own.</param>
/// <param name="IsClient">Whether it has no listener.</param>
internal sealed record NodeSettings(ActorSystem ActorSystem, RemoteConfig Config, RemoteOptions Options, bool IsClient = false)
{
    /// <summary>What this node shares with its peers (<see cref="AccessPolicy.SharedSecret"/>); <see langword="null"/> for nothing.</summary>
    public SharedSecretFile? Secret =>
        Options.Access is { Policy: AccessPolicy.SharedSecret, SecretFile: { Length: > 0 } file } ? field ??= new SharedSecretFile(file, Log) : null;

    /// <summary>Who may do what. Made by the first who asks, which is the constructor of the node.</summary>
    public CallGate Gate => field ??= new CallGate(this);

    public SerializerRegistry Serializers { get; } = new(Config.Serialization, ActorSystem, Options);

    public TimeProvider Time { get; } = Options.Hooks.TimeProvider ?? TimeProvider.System;

    /// <summary>The log of the node, in which entries about single messages are limited.</summary>
    public ThrottledLog Log => Events.Log;

    public EventPublisher Events { get; } =
        new(
            ActorSystem,
            new ThrottledLog(LogOf(Options), new LogLimits(ActorSystem.Config, Options.LogThrottle), Options.Hooks.TimeProvider ?? TimeProvider.System),
            Options.Inbound.MaxBytesPerNode);

    /// <summary>TLS of ours; <see langword="null"/> when the options want none. It starts with the node.</summary>
    public NodeTls? Tls { get; } = NodeTls.For(Options);
    /// <summary>What the node has refused to its peers.</summary>
    public Refusals Refusals { get; } = new();

    /// <summary>Sizes and times, for whoever listens. Made by the first who asks, which is the constructor of the node.</summary>
    public NodeHistograms Histograms => field ??= new(Log);

    /// <summary>The actors that are measured.</summary>
    public ActorMeters Actors { get; } = new(ActorSystem);

    /// <summary>How peers are dialled.</summary>
    public ChannelSettings Channels => new(Options.MaxMessageBytes, Options.ConnectTimeout, Options.Transport, Time)
    {
        Channel = Config.ChannelOptions ?? new(),
        Call = Config.CallOptions,
        UseHttps = Config.UseHttps,
        Tls = Tls,
        Log = Log,
        Interceptors = Secret is { } secret ? [.. Options.Hooks.Interceptors, new SecretInterceptor(secret)] : [.. Options.Hooks.Interceptors],
        Connect = Options.Hooks.Connect,
    };

    /// <summary>One, for it counts. Made by the first who asks, which is the constructor of the node.</summary>
    public DeadLetters DeadLetters => field ??= new(ActorSystem, Events);

    // Proto.Actor's own log is one for all systems of the process.
    private static ILogger LogOf(RemoteOptions options) =>
        options.Hooks.LoggerFactory?.CreateLogger("Remote") ?? Proto.Log.CreateLogger("Remote");
}
