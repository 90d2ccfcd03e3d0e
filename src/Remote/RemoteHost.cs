using Remote.Actors;
using Remote.Transport;

namespace Remote;

/// <summary>
/// A remoting node without dependency injection: its own listener, and the endpoints of all peers.
/// </summary>
/// <example>
/// <code>
/// var system = new ActorSystem();
/// await using var remote = await RemoteHost.StartAsync(system, new RemoteOptions());
/// </code>
/// </example>
public sealed class RemoteHost : IRemote, IAsyncDisposable
{
    private readonly RemoteNode _node;
    private readonly EndpointReader _reader;
    private readonly RemoteActivator _activator;
    private readonly Lock _gate = new();
    private GrpcServer? _server;
    private bool _begun;
    private Task? _shutdown;

    // Calls may arrive between the bind and the moment the bound address is known; they wait for it.
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal RemoteHost(RemoteNode node)
    {
        _node = node;
        _reader = new EndpointReader(node);
        node.IncarnationEnded = _reader.Abort;
        node.InboundEnd = _reader.WhenEndedAsync;
        _activator = new RemoteActivator(node);
        Methods = RemoteService.Methods(node, _reader, _ready.Task);
    }

    /// <inheritdoc/>
    public ActorSystem ActorSystem => _node.ActorSystem;

    /// <inheritdoc/>
    public string Address => _node.Address;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Kinds => [.. _node.Setup.Kinds.Keys];

    /// <inheritdoc/>
    public BlockList BlockList => _node.BlockList;

    internal RemoteNode Node => _node;

    internal EndpointReader Reader => _reader;

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
            throw new RemoteException(RemoteError.InvalidConfiguration, $"This actor system has a remoting node already, at {system.Address}.");
        }

        if (options.ClientOnly)
        {
            // Such a node is often a tool that is started to ask one thing: the HTTP client is loaded while the messages are registered.
            ThreadPool.UnsafeQueueUserWorkItem(static _ => GrpcClient.Prepare(), null);
        }

        var configured = new RemoteSetup();
        setup?.Invoke(configured);
        var host = new RemoteHost(new RemoteNode(system, options, configured));
        await host.ListenAsync(cancellationToken).ConfigureAwait(false);
        return host;
    }

    /// <inheritdoc/>
    public Task<PID> SpawnAsync(string address, string kind, CancellationToken cancellationToken = default) =>
        _activator.SpawnAsync(address, "", kind, cancellationToken);

    /// <inheritdoc/>
    public Task<PID> SpawnNamedAsync(string address, string name, string kind, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return _activator.SpawnAsync(address, name, kind, cancellationToken);
    }

    /// <inheritdoc/>
    public EndpointState GetEndpointState(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return _node.Endpoints.Find(address)?.State ?? EndpointState.Idle;
    }

    /// <inheritdoc/>
    public Task WaitForConnectionAsync(string address, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return _node.Endpoints.ConnectAsync(address, cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReconnectAsync(string address, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return _node.Endpoints.ReconnectAsync(address, cancellationToken);
    }

    /// <inheritdoc/>
    public Task DisconnectAsync(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return _node.Endpoints.DisconnectAsync(address);
    }

    /// <inheritdoc/>
    public EndpointStatistics? GetEndpointStatistics(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return _node.Endpoints.Snapshot(address);
    }

    /// <inheritdoc/>
    public IReadOnlyList<EndpointStatistics> GetEndpoints() => _node.Endpoints.Snapshot();

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
        using var registration = hurry.UnsafeRegister(static node => ((RemoteNode)node!).Hurry.Cancel(), _node);
        await ShutdownAsync().ConfigureAwait(false);
    }

    /// <summary>The same as <see cref="ShutdownAsync()"/>.</summary>
    public async ValueTask DisposeAsync() => await ShutdownAsync().ConfigureAwait(false);

    /// <summary>Starts with a listener of its own, or with none.</summary>
    internal async Task ListenAsync(CancellationToken cancellationToken)
    {
        if (_node.Options.ClientOnly)
        {
            Begin(ClientAddress.Of(_node.ActorSystem.Id));
            return;
        }

        _server = await StartServerAsync(cancellationToken).ConfigureAwait(false);
        Join(_server.Addresses[0]);
    }

    /// <summary>Starts on a listener that is bound already.</summary>
    internal void Join(string bound) => Begin(Advertised(bound));

    private void Begin(string address)
    {
        var system = _node.ActorSystem;
        _node.Address = address;
        system.SetAddress(_node.Address);
        system.SetAliases(_node.IsOwnAddress);
        system.SetPortable(new PortablePids(_node).Of);
        system.Processes.SetResolver(_node.Endpoints);
        ThreadPoolGuard.Enter();
        _begun = true;
        _activator.Register();
        _ready.TrySetResult();
        RemoteLog.Listening(_node.Log, _node.Address, system.Id);
    }

    private async Task<GrpcServer> StartServerAsync(CancellationToken cancellationToken)
    {
        var options = _node.Options;
        var server = new GrpcServerOptions
        {
            Methods = Methods,
            MaxReceiveMessageBytes = options.MaxMessageBytes,
            ListenerFactory = _node.Setup.ListenerFactory,
            LoggerFactory = _node.ActorSystem.LoggerFactory,
            TimeProvider = _node.Time,

            // The time from a connect to the handshake. The deadline of a stream would not end a connection without streams.
            FirstRequestTimeout = options.HandshakeTimeout,
        };
        _ = options.UnixSocketPath is { } path ? server.ListenUnix(path) : server.Listen(options.Host, options.Port);
        try
        {
            return await GrpcServer.StartAsync(server, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            var where = options.UnixSocketPath ?? PeerAddress.Of(options.Host, options.Port);
            throw new RemoteException(RemoteError.BindFailed, $"Cannot listen on {where}: {exception.Message}", exception) { Address = where };
        }
    }

    /// <summary>The address that peers are told: the bound one unless the options say otherwise.</summary>
    private string Advertised(string bound)
    {
        var options = _node.Options;
        if (bound.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal))
        {
            return bound;
        }

        var port = options.AdvertisedPort != 0 ? options.AdvertisedPort : int.Parse(bound.AsSpan(bound.LastIndexOf(':') + 1), System.Globalization.CultureInfo.InvariantCulture);
        return PeerAddress.Of(options.AdvertisedHost ?? bound[..bound.LastIndexOf(':')].Trim('[', ']'), port);
    }

    private async Task ShutdownCoreAsync()
    {
        using var late = new CancellationTokenSource(_node.Options.ShutdownTimeout, _node.Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _node.Hurry.Token);

        // A node that never came to know its address refuses the calls that wait for it.
        _ready.TrySetResult();

        // Peers are asked to leave while our own queues drain towards them.
        await Task.WhenAll(_reader.StopAsync(deadline.Token), _node.Endpoints.StopAsync()).ConfigureAwait(false);
        if (_server is not null)
        {
            await _server.StopAsync(deadline.Token).ConfigureAwait(false);
        }

        if (_begun)
        {
            await _activator.UnregisterAsync().WaitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ThreadPoolGuard.Leave();
        }

        _node.Links.Dispose();
        _node.BlockList.Stop();
        RemoteLog.Stopped(_node.Log, _node.Address);
    }
}
