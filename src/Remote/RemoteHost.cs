using System.Globalization;
using System.Net.Sockets;
using Remote.Actors;
using Remote.Transport;

namespace Remote;

/// <summary>A remoting node without dependency injection: its own listener, and the endpoints of all peers.</summary>
/// <example>
/// <code>
/// var system = new ActorSystem();
/// await using var remote = await RemoteHost.StartAsync(system, new RemoteOptions());
/// </code>
/// </example>
public sealed class RemoteHost : IRemote, IAsyncDisposable
{
    private readonly NodeSettings _settings;
    private readonly CancellationTokenSource _hurry = new();
    private readonly Lock _gate = new();
    private GrpcServer? _server;
    private volatile NodeParts? _parts;
    private Task? _shutdown;

    // Calls may arrive before the bound address is known, and before it the node has no parts; they wait. Null when it will never have any.
    private readonly TaskCompletionSource<NodeParts?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RemoteHost(NodeSettings settings)
    {
        _settings = settings;
        BlockList = new BlockList(settings);
        Methods = RemoteService.Methods(_ready.Task);
    }

    /// <inheritdoc/>
    public ActorSystem ActorSystem => _settings.ActorSystem;

    /// <inheritdoc/>
    public string Address => _parts?.Context.Address ?? "";

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Kinds => [.. _settings.Setup.Kinds.Keys];

    /// <inheritdoc/>
    public BlockList BlockList { get; }

    internal NodeParts Parts => _parts ?? throw new InvalidOperationException("The node has not started.");

    /// <summary>Whether the application's own web server carries the node (<c>MapRemote</c>), or the node listens by itself.</summary>
    internal bool IsMapped { get; set; }

    /// <summary>The methods that this node answers, for its own listener or for the application's web server.</summary>
    internal GrpcMethods Methods { get; }

    /// <summary>Starts a node. When the task completes it listens, and <see cref="Address"/> holds the bound address.</summary>
    /// <param name="system">The actors of the node. One node per actor system.</param>
    /// <param name="options">Plain settings; <see langword="null"/> for the defaults.</param>
    /// <param name="setup">Adds messages, kinds and hooks.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="RemoteException">
    /// <see cref="RemoteError.InvalidConfiguration"/> with every fault, or <see cref="RemoteError.BindFailed"/>.
    /// </exception>
    public static async Task<RemoteHost> StartAsync(
        ActorSystem system, RemoteOptions? options = null, Action<RemoteSetup>? setup = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        options ??= new RemoteOptions();
        RemoteOptionsValidator.ThrowIfInvalid(options);
        if (system.Processes.Find(SpawnStatus.DotNet.ActivatorId) is not null)
        {
            throw new RemoteException(
                RemoteError.InvalidConfiguration, $"This actor system has a remoting node already, at {system.Address}.");
        }

        if (options.ClientOnly)
        {
            // Such a node is often a tool that is started to ask one thing: the HTTP client is loaded while the messages are registered.
            ThreadPool.UnsafeQueueUserWorkItem(static _ => GrpcClient.Prepare(), null);
        }

        var configured = new RemoteSetup();
        setup?.Invoke(configured);
        var host = new RemoteHost(new NodeSettings(system, options, configured));
        await host.ListenAsync(cancellationToken).ConfigureAwait(false);
        return host;
    }

    /// <inheritdoc/>
    public Task<PID> SpawnAsync(string address, string kind, CancellationToken cancellationToken = default) =>
        SpawnCoreAsync(address, "", kind, cancellationToken);

    /// <inheritdoc/>
    public Task<PID> SpawnNamedAsync(string address, string name, string kind, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return SpawnCoreAsync(address, name, kind, cancellationToken);
    }

    /// <inheritdoc/>
    public EndpointState GetEndpointState(string address) => PartsFor(address)?.Table.Find(address)?.State ?? EndpointState.Idle;

    /// <inheritdoc/>
    public Task WaitForConnectionAsync(string address, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return ConnectAsync(address, cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReconnectAsync(string address, CancellationToken cancellationToken = default) =>
        PartsFor(address)?.Endpoints.ReconnectAsync(address, cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public Task DisconnectAsync(string address) => PartsFor(address)?.Endpoints.DisconnectAsync(address) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public EndpointStatistics? GetEndpointStatistics(string address) => PartsFor(address)?.Table.Snapshot(address);

    /// <inheritdoc/>
    public IReadOnlyList<EndpointStatistics> GetEndpoints() => _parts?.Table.Snapshot() ?? [];

    /// <inheritdoc/>
    public Task ShutdownAsync()
    {
        lock (_gate)
        {
            return _shutdown ??= ShutdownCoreAsync();
        }
    }

    /// <summary>As <see cref="ShutdownAsync()"/>, but waits for no peer any more once the token is cancelled.</summary>
    internal async Task ShutdownAsync(CancellationToken hurry)
    {
        using var registration = hurry.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _hurry);
        await ShutdownAsync().ConfigureAwait(false);
    }

    /// <summary>The same as <see cref="ShutdownAsync()"/>.</summary>
    public async ValueTask DisposeAsync() => await ShutdownAsync().ConfigureAwait(false);

    /// <summary>Starts with a listener of its own, or with none.</summary>
    internal async Task ListenAsync(CancellationToken cancellationToken)
    {
        if (_settings.Options.ClientOnly)
        {
            Begin(ClientAddress.Of(ActorSystem.Id));
            return;
        }

        _server = await StartServerAsync(cancellationToken).ConfigureAwait(false);
        Join(_server.Addresses[0]);
    }

    /// <summary>Starts on a listener that is bound already.</summary>
    internal void Join(string bound) => Begin(Advertised(bound));

    private void Begin(string address)
    {
        var parts = new NodeParts(new NodeContext(_settings, address, _hurry.Token), _settings.Setup, BlockList);
        lock (_gate)
        {
            if (_shutdown is not null)
            {
                // Calls have been refused since, and go on being refused.
                return;
            }

            _parts = parts;
            ActorSystem.SetAddress(address);
            ActorSystem.SetAliases(parts.Context.IsOwnAddress);
            ActorSystem.SetPortable(parts.PortablePids.Of);
            ActorSystem.Processes.SetResolver(parts.Endpoints);
            ThreadPoolGuard.Enter();
            parts.Activator.Register();
        }

        _ready.TrySetResult(parts);
        RemoteLog.Listening(_settings.Log, address, ActorSystem.Id);
    }

    private NodeParts? PartsFor(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return _parts;
    }

    /// <summary>Waits for the start of the node too: a part of the application may be up before its listener is.</summary>
    private async Task ConnectAsync(string address, CancellationToken cancellationToken)
    {
        var parts = await _ready.Task.WaitAsync(cancellationToken).ConfigureAwait(false) ?? throw NotStarted(address);
        await parts.Endpoints.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
    }

    private async Task<PID> SpawnCoreAsync(string address, string name, string kind, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        ArgumentException.ThrowIfNullOrEmpty(kind);
        var parts = _parts ?? throw NotStarted(address);
        return await parts.Activator.SpawnAsync(address, name, kind, cancellationToken).ConfigureAwait(false);
    }

    private static RemoteException NotStarted(string address) =>
        new(RemoteError.NotRunning, $"This node has not started; nothing goes to {address}.") { Address = address };

    private async Task<GrpcServer> StartServerAsync(CancellationToken cancellationToken)
    {
        var options = _settings.Options;
        var server = new GrpcServerOptions
        {
            Methods = Methods,
            MaxReceiveMessageBytes = options.MaxMessageBytes,
            ListenerFactory = _settings.Setup.ListenerFactory,
            LoggerFactory = ActorSystem.LoggerFactory,
            TimeProvider = _settings.Time,

            // The time from a connect to the handshake. The deadline of a stream would not end a connection without streams.
            FirstRequestTimeout = options.HandshakeTimeout,
        };
        _ = options.UnixSocketPath is { } path ? server.ListenUnix(path) : server.Listen(options.Host, options.Port);
        try
        {
            return await GrpcServer.StartAsync(server, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            var where = options.UnixSocketPath ?? PeerAddress.Of(options.Host, options.Port);
            var message = $"Cannot listen on {where}: {exception.Message}";
            throw new RemoteException(RemoteError.BindFailed, message, exception) { Address = where };
        }
    }

    /// <summary>The address that peers are told: the bound one unless the options say otherwise.</summary>
    private string Advertised(string bound)
    {
        var options = _settings.Options;
        if (bound.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal))
        {
            return bound;
        }

        var colon = bound.LastIndexOf(':');
        var port = options.AdvertisedPort != 0 ? options.AdvertisedPort : int.Parse(bound.AsSpan(colon + 1), CultureInfo.InvariantCulture);
        return PeerAddress.Of(options.AdvertisedHost ?? bound[..colon].Trim('[', ']'), port);
    }

    private async Task ShutdownCoreAsync()
    {
        using var late = new CancellationTokenSource(_settings.Options.ShutdownTimeout, _settings.Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _hurry.Token);

        // Calls to a node that never came to know its address are refused.
        _ready.TrySetResult(null);
        var parts = _parts;
        if (parts is not null)
        {
            await parts.LeaveAsync(deadline.Token).ConfigureAwait(false);
        }

        if (_server is not null)
        {
            await _server.StopAsync(deadline.Token).ConfigureAwait(false);
        }

        if (parts is not null)
        {
            await parts.Activator.UnregisterAsync().WaitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ThreadPoolGuard.Leave();
            parts.Links.Dispose();
        }

        BlockList.Stop();
        RemoteLog.Stopped(_settings.Log, Address);
    }
}
