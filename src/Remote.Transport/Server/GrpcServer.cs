using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Remote.Transport;

/// <summary>A gRPC server of its own: Kestrel, HTTP/2 only, without dependency injection or routing.</summary>
public sealed class GrpcServer : IAsyncDisposable
{
    private readonly KestrelServer _kestrel;
    private readonly List<ListenOptions> _listeners;
    private readonly CancellationTokenSource _abort = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stopping;

    private GrpcServer(KestrelServer kestrel, List<ListenOptions> listeners)
    {
        _kestrel = kestrel;
        _listeners = listeners;
    }

    /// <summary>The endpoints that are listened on, with the ports that were taken.</summary>
    public IReadOnlyList<EndPoint> EndPoints { get; private set; } = [];

    /// <summary>The same as addresses a client takes: <c>127.0.0.1:41234</c>, <c>[::1]:41234</c>, <c>unix:///path</c>.</summary>
    public IReadOnlyList<string> Addresses => [.. EndPoints.Select(Format)];

    /// <summary>Starts a server; when the task completes it accepts connections.</summary>
    /// <exception cref="ArgumentException">There is nothing to listen on, or an option is out of its range.</exception>
    /// <exception cref="IOException">An endpoint is in use.</exception>
    public static async Task<GrpcServer> StartAsync(GrpcServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.FindFaults().ThrowIfAny(nameof(options));
        var kestrelOptions = new KestrelServerOptions { AddServerHeader = false };
        ApplyLimits(options, kestrelOptions.Limits);
        List<ListenOptions> listeners = [];
        foreach (EndPoint endPoint in options.EndPoints)
        {
            EndPoint resolved = await ResolveAsync(endPoint, options, cancellationToken).ConfigureAwait(false);
            kestrelOptions.Listen(resolved, listen => listeners.Add(Configure(listen, options)));
        }

        IConnectionListenerFactory factory = options.ListenerFactory
            ?? new SocketListenerFactory(options.TimeProvider);
        var server = new GrpcServer(new KestrelServer(Options.Create(kestrelOptions), factory, options.LoggerFactory), listeners);
        // Should one of the listeners fail, Kestrel closes the others.
        await server._kestrel.StartAsync(new Application(new GrpcDispatcher(options.Methods, options)), cancellationToken).ConfigureAwait(false);
        server.EndPoints = [.. listeners.Select(l => l.EndPoint)];
        return server;
    }

    /// <summary>
    /// Stops accepting, tells clients to go away, and waits for the open calls until the token is cancelled; what is left
    /// then is aborted. Idempotent.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        // A later and less patient caller cuts the waiting of the first one short.
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _abort);
        if (Interlocked.Exchange(ref _stopping, 1) == 0)
        {
            await StopCoreAsync().ConfigureAwait(false);
        }

        await _stopped.Task.ConfigureAwait(false);
    }

    /// <summary>Stops at once; open calls are aborted.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);

    private static ListenOptions Configure(ListenOptions listen, GrpcServerOptions options)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (options.FirstRequestTimeout != Timeout.InfiniteTimeSpan)
        {
            // Outermost, for it counts from the accept.
            ILogger deadlines = options.LoggerFactory.CreateLogger("Remote.Transport.Server");
            listen.Use(next => new FirstRequestDeadline(next, options.FirstRequestTimeout, options.TimeProvider, deadlines).OnConnectionAsync);
        }

        if (options.ConnectionMiddleware is { } middleware)
        {
            listen.Use(middleware);
        }

        if (options.Tls is { } tls && listen.EndPoint is not UnixDomainSocketEndPoint)
        {
            ILogger logger = options.LoggerFactory.CreateLogger("Remote.Transport.Server");
            tls.ApplicationProtocols ??= [SslApplicationProtocol.Http2];
            listen.Use(next => new TlsMiddleware(next, tls, options.TimeProvider, logger).OnConnectionAsync);
        }

        options.ConfigureListener?.Invoke(listen);
        return listen;
    }

    private async Task StopCoreAsync()
    {
        try
        {
            await _kestrel.StopAsync(_abort.Token).ConfigureAwait(false);
            _kestrel.Dispose();
            _stopped.TrySetResult();
        }
        catch (Exception exception)
        {
            _stopped.TrySetException(exception);
        }
    }

    private static void ApplyLimits(GrpcServerOptions options, KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = null;
        // There is no switch per request for this one in HTTP/2, and an idle stream is no attack.
        limits.MinResponseDataRate = null;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.Http2.InitialStreamWindowSize = options.InitialStreamWindowBytes;
        limits.Http2.InitialConnectionWindowSize = Math.Max(options.InitialConnectionWindowBytes, options.InitialStreamWindowBytes);
        limits.Http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;
        limits.Http2.KeepAlivePingDelay = OrNever(options.KeepAlivePingDelay);
        limits.Http2.KeepAlivePingTimeout = OrNever(options.KeepAlivePingTimeout);
    }

    /// <summary>What Kestrel calls never.</summary>
    private static TimeSpan OrNever(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : span;

    private static async ValueTask<EndPoint> ResolveAsync(EndPoint endPoint, GrpcServerOptions options, CancellationToken cancellationToken)
    {
        if (endPoint is not DnsEndPoint name || options.ListenerFactory is not null)
        {
            return endPoint;
        }

        IPAddress[] addresses = await Dns.GetHostAddressesAsync(name.Host, cancellationToken).ConfigureAwait(false);
        IPAddress address = addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        return new IPEndPoint(address, name.Port);
    }

    private static string Format(EndPoint endPoint) => endPoint switch
    {
        UnixDomainSocketEndPoint unix => "unix://" + unix,
        DnsEndPoint dns => $"{dns.Host}:{dns.Port}",
        _ => endPoint.ToString() ?? "",
    };

    private sealed class Application(GrpcDispatcher dispatcher) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => dispatcher.DispatchAsync(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
