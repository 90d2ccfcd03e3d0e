using System.Net;
using System.Net.Sockets;

namespace Remote.Transport;

/// <summary>Builds the HTTP/2 client: one handler, one connection, prior knowledge unless TLS negotiates.</summary>
internal sealed class GrpcConnector(GrpcAddress address, GrpcClientOptions options)
{
    private readonly TimeSpan _timeout = options.ConnectTimeout;
    private readonly TimeProvider _time = options.TimeProvider;
    private readonly Func<EndPoint, CancellationToken, ValueTask<Stream>> _connect = options.ConnectCallback ?? DialAsync;

    public SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            EnableMultipleHttp2Connections = options.EnableMultipleConnections,
            InitialHttp2StreamWindowSize = options.InitialStreamWindowBytes,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            KeepAlivePingDelay = options.KeepAlivePingDelay,
            KeepAlivePingTimeout = options.KeepAlivePingTimeout,
            // Covers the TLS handshake, which comes after the callback; the callback itself goes by the injected clock.
            ConnectTimeout = _timeout,
            ConnectCallback = (_, cancellationToken) => ConnectAsync(cancellationToken),
        };

        if (options.Tls is { } tls)
        {
            handler.SslOptions = tls;
        }

        return handler;
    }

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await _connect(address.EndPoint, linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested)
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, $"No connection to {address.Authority} within {_timeout.TotalSeconds} s.", exception);
        }
    }

    private static async ValueTask<Stream> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        bool unix = endPoint is UnixDomainSocketEndPoint;
        var socket = unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
