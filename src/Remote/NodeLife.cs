using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Proto;

namespace Remote;

/// <summary>The start and the end of a node: its listener, and the parts that there are between the two. Thread-safe.</summary>
internal sealed class NodeLife
{
    // Ids of processes and requests count from one again in each incarnation. An answer to one that came before must not find a new one.
    private const int MaxSkippedIds = 65_536;

    private readonly NodeSettings _settings;
    private readonly PeerBlockList _blockList;
    private readonly MemberEvents _members;
    private readonly CancellationTokenSource _hurry = new();
    private readonly Lock _gate = new();
    private NodeListener? _server;
    private readonly PidResolver _resolver;
    private volatile NodeParts? _parts;
    private NodeMeter? _meter;
    private Task? _start;
    private Task? _leaving;
    private volatile bool _isOver;
    private Task? _shutdown;

    // Calls may arrive before the bound address is known, and before it the node has no parts; they wait. Null when it will never have any.
    private readonly TaskCompletionSource<NodeParts?> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public NodeLife(NodeSettings settings, PeerBlockList blockList, MemberEvents members)
    {
        _settings = settings;
        _blockList = blockList;
        _members = members;
        Handler = new RemotingHandler(_ready.Task, settings.Time);
        Gate = settings.Gate;
        Gate.BlockList = blockList;
        Cluster = new ClusterParts(settings);
        Administration = new NodeAdministration(_ready.Task, settings, blockList, Cluster);
        SkipIds();
        _resolver = RegisterResolver();
    }

    /// <summary>Null before the start; they stay after the end.</summary>
    public NodeParts? Parts => _parts;

    public Task<NodeParts?> Ready => _ready.Task;

    /// <summary>Whether it has shut down, or is about to.</summary>
    public bool IsOver => _isOver;

    /// <summary>Answers calls, from the node's own listener or from the application's web server.</summary>
    public IRemotingHandler Handler { get; }

    /// <summary>Judges who may connect and call.</summary>
    public CallGate Gate { get; }

    /// <summary>Answers the administration service.</summary>
    public NodeAdministration Administration { get; }

    /// <summary>The cluster of the node, if it has one.</summary>
    public ClusterParts Cluster { get; }

    /// <summary>Whether the application's own web server lets only those come to the node whom its policies allow.</summary>
    public bool IsGuarded { get; set; }

    /// <summary>Whether the application's own web server carries the node (<c>MapRemote</c>), or the node listens by itself.</summary>
    public bool IsMapped { get; set; }

    /// <summary>Starts with a listener of its own, or with none. Idempotent until the shutdown.</summary>
    /// <exception cref="InvalidOperationException">
    /// The node has shut down, or does so while it starts: there is no second start. Or the application's web server carries it and does not
    /// listen yet: a start that waited for that would keep an application from starting that waits for it.
    /// </exception>
    public Task StartAsync()
    {
        lock (_gate)
        {
            return _leaving is not null ? Task.FromException(Over())
                : !IsMapped ? _start ??= Detached.Run(ListenAsync)
                : _parts is null ? Task.FromException(NotYet())
                : Task.CompletedTask;
        }
    }

    /// <summary>Starts on a listener that is bound already.</summary>
    public void Join(string bound)
    {
        Check();
        if (_settings.Config.ConfigureKestrel is not null)
        {
            throw new RemoteException(
                RemoteError.InvalidConfiguration,
                "RemoteConfig.ConfigureKestrel has no meaning with MapRemote: the web server of the application listens, and is configured there.");
        }

        Begin(NodeAddress.Advertised(_settings.Config, bound));
        WarnIfOpen(bound);
    }

    /// <summary>Connections that are open on the node's own listener.</summary>
    public int Connections => _server?.Connections ?? 0;

    /// <summary>Whether the node's own listener accepts connections; also when it has none of its own.</summary>
    public bool IsListening => _server?.IsListening ?? true;

    /// <summary>From here on a shutdown waits for no peer any more.</summary>
    public void HurryUp() => _hurry.Cancel();

    public Task ShutdownAsync()
    {
        lock (_gate)
        {
            // Before the first of what it does, which others see: whoever is told of it finds the node over.
            _isOver = true;
            _leaving ??= LeaveAsync();

            // A handler that waited for the handlers would wait for itself, also when somebody else began the shutdown.
            return EventPublisher.IsInHandler ? _leaving : _shutdown ??= SettleAsync(_leaving, _settings.Time.GetTimestamp());
        }
    }

    /// <summary>As <see cref="ShutdownAsync()"/>, but waits for no peer any more once the token is cancelled.</summary>
    public async Task ShutdownAsync(CancellationToken hurry)
    {
        using var registration = hurry.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _hurry);
        await ShutdownAsync().ConfigureAwait(false);
    }

    private async Task ListenAsync()
    {
        Check();
        if (_settings.IsClient)
        {
            // Such a node is often a tool that is started to ask one thing: the HTTP client is loaded while the rest is made.
            ThreadPool.UnsafeQueueUserWorkItem(static _ => PeerChannel.Prepare(), null);
            if (!Begin(ClientAddress.Of(_settings.ActorSystem.Id)))
            {
                throw Over();
            }

            return;
        }

        ThrowIfNobodyCouldConnect();
        var server = await StartServerAsync().ConfigureAwait(false);
        _server = server;
        WarnIfOpen(server);
        if (_settings.Options.UnixSocketPath is { } path && UnixSocketFile.IsOpenToAll(path))
        {
            RemoteLog.SocketDirectoryOpen(_settings.Log, Path.GetDirectoryName(path), path);
        }

        if (!await BeginOrStopAsync(server).ConfigureAwait(false))
        {
            // The shutdown came first, and waits until there is no listener any more.
            await server.StopAsync(_hurry.Token).ConfigureAwait(false);
            throw Over();
        }

        WarnIfOpen(server.Address);
    }

    /// <summary>Begins. A start that fails behind its listener leaves no port taken, and nobody who has called it waiting for the rest.</summary>
    private async Task<bool> BeginOrStopAsync(NodeListener server)
    {
        try
        {
            return Begin(NodeAddress.Advertised(_settings.Config, server.Address));
        }
        catch
        {
            _ready.TrySetResult(null);
            await server.StopAsync(_hurry.Token).ConfigureAwait(false);
            throw;
        }
    }

    // Not inlined: a node without a listener is not to load the web server for it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowIfNobodyCouldConnect()
    {
        if (_settings is { Options.Access.Policy: AccessPolicy.MutualTls, Tls: null, Config: { UseHttps: false, ConfigureKestrel: null } })
        {
            throw new RemoteException(
                RemoteError.InvalidConfiguration,
                "RemoteOptions.Access.Policy is MutualTls, and the node would listen without TLS, so that nobody could connect: set RemoteOptions.Tls "
                + "(options.UseTls).");
        }
    }

    /// <summary>Says once that everybody on the network can get at this node.</summary>
    private void WarnIfOpen(NodeListener server)
    {
        var isOnNetwork = _settings.Options is { UnixSocketPath: null, Hooks.ListenerFactory: null }
            && !PeerAddress.IsLoopback(server.Address[..server.Address.LastIndexOf(':')].Trim('[', ']'));
        if (isOnNetwork && !server.IsSecure)
        {
            TlsLog.ListenerWithoutTls(_settings.Log, server.Address);
        }
    }

    private InvalidOperationException Over() => new(
        $"The remoting of the actor system {_settings.ActorSystem.Id} has shut down, and starts only once: make a new ActorSystem for another node.");

    private static InvalidOperationException NotYet() => new(
        "The node is on the web server of its application (MapRemote), which does not listen yet: start a cluster on it when the application "
        + "has started (IHostApplicationLifetime.ApplicationStarted), or leave MapRemote out, so that the node listens by itself.");

    /// <summary>A listener that is reachable from elsewhere, and behind which nobody asks who comes: that is meant seldom.</summary>
    private void WarnIfOpen(string bound)
    {
        // A network of the application's own is none that strangers reach.
        var isReachable = _settings.Options.Hooks.ListenerFactory is null
            && !bound.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal)
            && !PeerAddress.IsLoopback(bound[..bound.LastIndexOf(':')].Trim('[', ']'));
        if (isReachable && Gate.LetsEverybodyIn && !IsGuarded)
        {
            RemoteLog.OpenToAll(_settings.Log, bound);
        }
    }

    private void Check()
    {
        RemoteOptionsValidator.ThrowIfInvalid(_settings);
        var registered = _settings.ActorSystem.ProcessRegistry.Get(new PID(ActorSystem.NoHost, SpawnStatus.DotNet.ActivatorId));
        if (!ReferenceEquals(registered, _settings.ActorSystem.DeadLetter))
        {
            throw new RemoteException(
                RemoteError.InvalidConfiguration, $"This actor system has a remoting node already, at {_settings.ActorSystem.Address}.");
        }

        _settings.Tls?.Start(_settings.Log);
        _blockList.Load();
    }

    /// <returns>Whether it has begun; not when a shutdown came first.</returns>
    private bool Begin(string address)
    {
        var system = _settings.ActorSystem;
        var parts = new NodeParts(new NodeContext(_settings, address, _hurry.Token), _settings, _blockList, _resolver);

        // Whoever listens to meters is told here, and that is the application's code.
        var meter = new NodeMeter(parts, _settings.Options.Hooks.MeterFactory);
        lock (_gate)
        {
            if (_leaving is not null)
            {
                meter.Dispose();

                // Calls have been refused since, and go on being refused.
                return false;
            }

            NodeAddress.Set(system, address);
            try
            {
                // The name may have been taken since it was looked for. Whoever fails here has not started.
                parts.Activator.Register();
            }
            catch
            {
                meter.Dispose();
                throw;
            }

            _parts = parts;
            _meter = meter;
            ThreadPoolGuard.Enter();
            _members.Start(parts, Cluster.View);
            Cluster.Start(parts.Context);
        }

        _ready.TrySetResult(parts);
        _settings.Tls?.Examine(address);
        RemoteLog.Listening(_settings.Log, address, system.Id);
        return true;
    }

    /// <summary>Lets PIDs of other nodes resolve from now on; before the start their messages are told that it has not been.</summary>
    private PidResolver RegisterResolver()
    {
        var system = _settings.ActorSystem;

        // A resolver stays for ever, and the first one is asked first: a node that is over stands for the next one on its system.
        var resolver = new PidResolver(system, () => system.Extensions.Get<Proto.Remote.IRemote>() is ReliableRemote { Started: true } current
            ? current.Life.Parts
            : _parts);
        system.ProcessRegistry.RegisterHostResolver(resolver.Resolve);
        return resolver;
    }

    private void SkipIds()
    {
        var count = RandomNumberGenerator.GetInt32(MaxSkippedIds);
        for (var skipped = 0; skipped < count; skipped++)
        {
            _settings.ActorSystem.ProcessRegistry.NextId();
        }
    }

    private async Task<NodeListener> StartServerAsync()
    {
        var (config, options) = (_settings.Config, _settings.Options);
        TlsRules.ThrowIfCannotListen(options);
        EndPoint endPoint = options.UnixSocketPath is { } path ? new UnixDomainSocketEndPoint(path)
            : IPAddress.TryParse(config.Host, out var literal) ? new IPEndPoint(literal, config.Port)
            : new DnsEndPoint(config.Host, config.Port);
        var server = new ListenerSettings(endPoint, Handler)
        {
            MaxReceiveMessageBytes = options.MaxMessageBytes,
            Transport = options.Transport,
            Gate = Gate,
            Administration = Administration,
            ListenerFactory = options.Hooks.ListenerFactory,
            LoggerFactory = new WebServerLog(
                options.Hooks.LoggerFactory ?? Log.GetLoggerFactory(), log => new LogValve(log, _settings.Log.Limits, _settings.Time)),
            Log = _settings.Log,
            Refusals = _settings.Refusals,
            Time = _settings.Time,
            Tls = _settings.Tls,
            Configure = config.ConfigureKestrel,

            // The time from a connect to the handshake. The deadline of a stream would not end a connection without streams.
            FirstRequestTimeout = options.HandshakeTimeout,
        };
        try
        {
            return await NodeListener.StartAsync(server).ConfigureAwait(false);
        }
        catch (InvalidOperationException exception) when (config.ConfigureKestrel is not null)
        {
            var message = $"RemoteConfig.ConfigureKestrel failed: {exception.Message}";
            throw new RemoteException(RemoteError.InvalidConfiguration, message, exception);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            var where = options.UnixSocketPath ?? PeerAddress.Of(config.Host, config.Port);
            // Kestrel says only that the address is in use; its cause says why.
            var cause = exception.InnerException as AddressInUseException ?? exception;
            var message = $"Cannot listen on {where}: {cause.Message}";
            throw new RemoteException(RemoteError.BindFailed, message, exception) { Address = where };
        }
    }

    private async Task LeaveAsync()
    {
        using var late = new CancellationTokenSource(_settings.Options.ShutdownTimeout, _settings.Time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _hurry.Token);

        // Calls to a node that never came to know its address are refused.
        _ready.TrySetResult(null);
        var parts = _parts;

        // A start that is still binding closes its listener by itself. That waits for no peer, so nobody is in a greater hurry.
        await (_start ?? Task.CompletedTask).WaitAsync(late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (parts is not null)
        {
            await parts.LeaveAsync(deadline.Token).ConfigureAwait(false);
        }

        Administration.Stop();
        if (_server is not null)
        {
            await _server.StopAsync(deadline.Token).ConfigureAwait(false);
        }

        if (parts is not null)
        {
            await Task.WhenAll(parts.Activator.UnregisterAsync(), Cluster.StopAsync())
                .WaitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ThreadPoolGuard.Leave();
            parts.Links.Dispose();
            _meter?.Dispose();
        }

        _blockList.Stop();
        _members.Stop();
        _settings.Tls?.Dispose();
        _settings.Log.Flush();
        if (parts is not null)
        {
            // Who never started has nothing to end.
            RemoteLog.Stopped(_settings.Log, parts.Context.Address);
        }
    }

    /// <summary>Waits until the application has handled what it was told, for the rest of the time that a shutdown may take.</summary>
    private async Task SettleAsync(Task leaving, long since)
    {
        await leaving.ConfigureAwait(false);
        var rest = _settings.Options.ShutdownTimeout - _settings.Time.GetElapsedTime(since);
        var idle = _settings.Events.WhenIdleAsync();
        await idle.WaitAsync(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, _settings.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
