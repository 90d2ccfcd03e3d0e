using Proto;
using Proto.Diagnostics;
using Proto.Remote;

namespace Remote;

/// <summary>
/// The remoting of one actor system: takes the place of <c>Proto.Remote.GrpcNet.GrpcNetRemote</c>. Made by
/// <see cref="RemoteExtensions.WithRemote(ActorSystem, RemoteConfig)"/>, found by <c>system.Remote()</c>, and by
/// <see cref="RemoteExtensions.ReliableRemote(ActorSystem)"/> where what only this one offers is wanted. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// var system = new ActorSystem().WithRemote(RemoteConfig.BindToLocalhost());
/// await system.Remote().StartAsync();
/// </code>
/// </example>
public partial class ReliableRemote : IRemote, IAsyncDisposable
{
    private readonly NodeSettings _settings;
    private readonly NodeLife _life;

    /// <summary>Makes the remoting of a system and registers it there; <see cref="StartAsync"/> starts it.</summary>
    /// <param name="system">The actors of the node. Give it right after it was made: actors spawned before are less well protected.</param>
    /// <param name="config">Where to listen, kinds, serializers.</param>
    /// <param name="options">What goes beyond that; completed from the config. <see langword="null"/> for the defaults.</param>
    public ReliableRemote(ActorSystem system, RemoteConfig config, RemoteOptions? options = null)
        : this(system, config, options ?? new RemoteOptions(), isClient: false)
    {
    }

    private protected ReliableRemote(ActorSystem system, RemoteConfig config, RemoteOptions options, bool isClient)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(config);
        ProtoActorInternals.Verify(system);
        RemoteConfigRules.Complete(config, options);
        AddressSpelling.Unify(options);
        _settings = new NodeSettings(system, config, options, isClient);
        BlockList = new BlockList(system);
        PeerBlockList = new PeerBlockList(_settings);
        DeadLetters = _settings.DeadLetters;
        Standstill = new Standstill(options.Hooks.ProcessTime, _settings.Log);
        _life = new NodeLife(_settings, PeerBlockList, new MemberEvents(_settings, BlockList, PeerBlockList, Standstill));
        system.Extensions.Register(this);
        system.Extensions.Register(config.Serialization);
        if (MailboxInstallation.Install(system) is > 0 and var before)
        {
            RemoteLog.ActorsBeforeRemote(_settings.Log, before);
        }
    }

    /// <inheritdoc/>
    public RemoteConfig Config => _settings.Config;

    /// <inheritdoc/>
    public ActorSystem System => _settings.ActorSystem;

    /// <summary>Whether the node has started, so that <see cref="Address"/> is known, and has not shut down.</summary>
    public bool Started => _life is { Parts: not null, IsOver: false };

    /// <summary>The ids of blocked members, as Proto.Cluster reads and writes them. <see cref="PeerBlockList"/> is the whole list.</summary>
    public BlockList BlockList { get; }

    /// <summary>The peers that this node has nothing to do with: block, unblock, list.</summary>
    public PeerBlockList PeerBlockList { get; }

    /// <summary>What the administration service tells and does, for endpoints of the application's own web server.</summary>
    public RemoteAdministration Administration => field ??= new RemoteAdministration(_life.Administration, _life.Gate);

    /// <summary>
    /// The address of this node for others: <c>host:port</c> with the port that was really bound, <c>unix:///path</c>, or <c>$client/id</c>
    /// for a node without a listener. Empty before the start.
    /// </summary>
    public string Address => _life.Parts?.Context.Address ?? "";

    /// <summary>The kinds that other nodes may spawn here.</summary>
    public IReadOnlyCollection<string> Kinds => [.. Config.RemoteKinds.Keys];

    internal TimeProvider Time => _settings.Time;

    /// <summary>Whether this node dials its peers with TLS, of ours or of Proto.Remote's config.</summary>
    internal bool DialsWithTls => _settings.Tls is not null || Config.UseHttps;

    internal RemoteOptions Options => _settings.Options;

    internal ThrottledLog Log => _settings.Log;

    internal DeadLetters DeadLetters { get; }

    internal NodeHistograms Histograms => _settings.Histograms;

    internal ActorMeters Actors => _settings.Actors;

    internal Standstill Standstill { get; }

    internal NodeParts Parts => _life.Parts ?? throw new InvalidOperationException("The node has not started.");

    internal NodeLife Life => _life;

    /// <summary>Starts the node: when the task completes it listens, and <see cref="Address"/> holds the bound address. Idempotent.</summary>
    /// <exception cref="RemoteException">
    /// <see cref="RemoteError.InvalidConfiguration"/> with every fault, or <see cref="RemoteError.BindFailed"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The node has shut down, or does so while it starts. It starts only once: another one needs another <see cref="ActorSystem"/>.
    /// </exception>
    public Task StartAsync() => _life.StartAsync();

    /// <summary>
    /// Leaves in good order: takes no new peers, writes queued messages, says goodbye, and closes; at most
    /// <see cref="RemoteOptions.ShutdownTimeout"/>. Messages that could not be written become dead letters. Idempotent.
    /// </summary>
    /// <param name="graceful">Whether to wait for peers; otherwise what is not written yet is a dead letter at once.</param>
    public Task ShutdownAsync(bool graceful = true)
    {
        if (!graceful)
        {
            _life.HurryUp();
        }

        return _life.ShutdownAsync();
    }

    /// <summary>The same as <see cref="ShutdownAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await ShutdownAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    Task<DiagnosticsEntry[]> IDiagnosticsProvider.GetDiagnostics() => Task.FromResult(_life.Parts is not { } parts
        ? []
        : new[]
        {
            new DiagnosticsEntry("Remote", "Address", Address),
            new DiagnosticsEntry("Remote", "Kinds", Kinds),
            new DiagnosticsEntry("Remote", "Endpoints", parts.Table.Snapshot()),
        });
}

/// <summary>
/// A node without a listener, for example behind NAT or a command-line tool: it dials servers, and messages flow both ways on its one stream
/// to each. Takes the place of <c>GrpcNetClientRemote</c>. Thread-safe.
/// </summary>
/// <param name="system">The actors of the node.</param>
/// <param name="config">Kinds and serializers; where to listen means nothing here.</param>
/// <param name="options">What goes beyond that; <see langword="null"/> for the defaults.</param>
public sealed class ReliableClientRemote(ActorSystem system, RemoteConfig config, RemoteOptions? options = null)
    : ReliableRemote(system, config, options ?? new RemoteOptions(), isClient: true);
