using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Remote;

/// <summary>The web server of a node that listens by itself: Kestrel on our sockets, HTTP/2, with the service, its health and nothing else.</summary>
internal sealed class NodeListener : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly NodeHealth _health;
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConnectionGate _gate;

    // By the clock of the system, for it is Kestrel that is waited for, and that knows no other.
    private readonly OpenRequests _requests = new(TimeProvider.System);
    private readonly WatchedListenerFactory _accepting;
    private ListenOptions? _listen;
    private int _stopping;

    private NodeListener(ListenerSettings settings, EndPoint endPoint)
    {
        _gate = new ConnectionGate(settings.Transport, settings.Refusals, settings.Time, settings.Log);
        _health = new NodeHealth(settings.Gate);
        _accepting = new WatchedListenerFactory(settings.ListenerFactory ?? new SocketListenerFactory(settings.Time));
        _application = Build(settings, endPoint);
    }

    /// <summary>Connections that are open.</summary>
    public int Connections => _gate.Open;

    /// <summary>Whether it accepts connections.</summary>
    public bool IsListening => !_accepting.HasEnded;

    /// <summary>Where it listens, with the port that was taken: <c>127.0.0.1:41234</c>, <c>[::1]:41234</c>, <c>unix:///path</c>.</summary>
    public string Address => Format(_listen!.EndPoint);

    /// <summary>Whether it speaks TLS, of ours or of <c>RemoteConfig.ConfigureKestrel</c>.</summary>
    public bool IsSecure { get; private set; }

    /// <summary>Starts; when the task completes connections are accepted.</summary>
    /// <exception cref="IOException">The address is in use.</exception>
    /// <exception cref="SocketException">The address is none of this machine, or may not be used.</exception>
    public static async Task<NodeListener> StartAsync(ListenerSettings settings, CancellationToken cancellationToken = default)
    {
        var endPoint = settings.ListenerFactory is null ? await ResolveAsync(settings.EndPoint, cancellationToken).ConfigureAwait(false) : settings.EndPoint;
        var listener = new NodeListener(settings, endPoint);
        try
        {
            await listener._application.StartAsync(cancellationToken).ConfigureAwait(false);
            listener.IsSecure = listener._application.Urls.Any(static url => url.StartsWith("https:", StringComparison.Ordinal));
            return listener;
        }
        catch
        {
            await listener._application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Stops accepting, tells clients to go away, and waits for the open calls until the token is cancelled; what is left then is aborted.
    /// Idempotent.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        // A later and less patient caller cuts the waiting of the first one short.
        using var registration = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _abort);
        if (Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            await StopCoreAsync().ConfigureAwait(false);
        }

        await _stopped.Task.ConfigureAwait(false);
    }

    /// <summary>Stops at once; open calls are aborted.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);

    private WebApplication Build(ListenerSettings settings, EndPoint endPoint)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            ApplyLimits(settings.Transport, kestrel.Limits);
            kestrel.Listen(endPoint, listen => Configure(listen, settings));
        });
        builder.Services.AddSingleton(settings.LoggerFactory);
        builder.Services.AddSingleton(settings.Handler);
        builder.Services.AddSingleton(_health);
        if (settings.Gate is { } gate)
        {
            builder.Services.AddSingleton(gate);
        }

        if (settings.Administration is { } administration)
        {
            builder.Services.AddSingleton(administration);
        }

        builder.Services.AddSingleton<IConnectionListenerFactory>(_accepting);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(static options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.Services.AddRoutingCore();
        builder.Services.AddRemotingService(_ => settings.MaxReceiveMessageBytes);
        var application = builder.Build();
        application.Use(next => http => _requests.ServeAsync(http, next));
        application.Use(next => http => OpenQuota.ServeAsync(http, next, settings.Refusals, settings.Log));
        application.MapRemotingService();
        application.MapGrpcService<NodeHealth>();
        if (settings.Administration is not null)
        {
            application.MapAdminService();
        }

        return application;
    }

    private void Configure(ListenOptions listen, ListenerSettings settings)
    {
        _listen = listen;
        listen.Protocols = HttpProtocols.Http2;

        // Outermost: what has no place here costs nothing else.
        listen.Use(next => connection => _gate.OnConnectionAsync(connection, next));
        if (settings.FirstRequestTimeout != Timeout.InfiniteTimeSpan)
        {
            // Before everything else, for it counts from the accept.
            listen.Use(next => new FirstRequestDeadline(next, settings.FirstRequestTimeout, settings.Time, settings.Log).OnConnectionAsync);
        }

        if (settings.Tls is { } tls)
        {
            // Kestrel's own, and one of the application's, pass over connections that are secure already. Kestrel's is there so that a connection which
            // is not can come no further, and so that addresses begin with https.
            listen.Use(next => new TlsAcceptor(next, tls).OnConnectionAsync);
            listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = static _ => throw new InvalidOperationException("TLS is done before this.") });
        }
        else if (settings.Configure is null)
        {
            listen.Use(next => new PlainPort(next, settings.Time, settings.Log).OnConnectionAsync);
        }

        settings.Configure?.Invoke(listen);
    }

    private async Task StopCoreAsync()
    {
        _health.Stop();
        try
        {
            await _application.StopAsync(_abort.Token).ConfigureAwait(false);
            await _requests.CloseAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _application.DisposeAsync().ConfigureAwait(false);
            _stopped.TrySetResult();
        }
        catch (Exception exception)
        {
            _stopped.TrySetException(exception);
        }
    }

    private static void ApplyLimits(TransportOptions options, KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = null;

        // There is no switch per request for this one in HTTP/2, and an idle stream is no attack.
        limits.MinResponseDataRate = null;
        limits.MaxRequestHeadersTotalSize = options.MaxRequestHeaderBytes;
        limits.MaxRequestHeaderCount = options.MaxRequestHeaders;
        limits.Http2.MaxRequestHeaderFieldSize = options.MaxRequestHeaderBytes;
        limits.Http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;
        limits.Http2.InitialStreamWindowSize = options.InitialStreamWindowBytes;
        limits.Http2.InitialConnectionWindowSize = Math.Max(options.InitialConnectionWindowBytes, options.InitialStreamWindowBytes);
        limits.Http2.KeepAlivePingDelay = OrNever(options.KeepAlivePingDelay);
        limits.Http2.KeepAlivePingTimeout = OrNever(options.KeepAlivePingTimeout);
    }

    /// <summary>What Kestrel calls never.</summary>
    private static TimeSpan OrNever(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : span;

    private static async ValueTask<EndPoint> ResolveAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        if (endPoint is not DnsEndPoint name)
        {
            return endPoint;
        }

        var addresses = await Dns.GetHostAddressesAsync(name.Host, cancellationToken).ConfigureAwait(false);
        var address = addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        return new IPEndPoint(address, name.Port);
    }

    private static string Format(EndPoint endPoint) => endPoint switch
    {
        UnixDomainSocketEndPoint unix => PeerAddress.UnixScheme + unix,
        DnsEndPoint dns => PeerAddress.Of(dns.Host, dns.Port),
        _ => endPoint.ToString() ?? "",
    };

    /// <summary>The process is the application's: a signal to it is none of ours, and the host's own would take it away from the application.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
