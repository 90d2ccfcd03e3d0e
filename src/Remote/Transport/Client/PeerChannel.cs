using System.Net;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;

namespace Remote;

/// <summary>
/// The channel to one peer: one HTTP/2 connection, dialled by its first call. It lives as long as the stream that it carries; the next dial
/// makes a new one, for a connection that was silent or lost must not be taken up again.
/// </summary>
internal sealed class PeerChannel : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly CallInvoker _invoker;
    private readonly CallOptions _callOptions;
    private readonly ReceivedBytes _received = new();
    private readonly DialStep _step = new();
    private readonly RequestHandler _requests;
    private readonly TlsDial _security;

    /// <summary>Makes a channel; nothing is dialled yet.</summary>
    /// <exception cref="RemoteException">It is no address, or the options for channels contradict each other.</exception>
    public PeerChannel(string address, ChannelSettings settings)
    {
        var target = PeerTarget.Parse(address);
        _callOptions = settings.Call;
        var options = ChannelOptionsCopy.Of(settings.Channel);
        options.MaxReceiveMessageSize = ChannelOptionsCopy.MaxReceiveOf(settings);
        options.CompressionProviders = [];
        var isSecure = settings.UseHttps || settings.Tls is not null || ChannelOptionsCopy.IsSecure(options);
        _security = new TlsDial(address, target.Host, settings.Tls, settings.Log);
        var connector = new Connector(target, settings, _security, isSecure, _received, _step);
        var given = options.HttpHandler ?? (options.HttpClient is { } client ? new RequestHandler.OverClient(client) : null);

        if (given is not null)
        {
            _step.Text = "the HTTP client of RemoteConfig.ChannelOptions did not open the stream";
        }

        // The connections of an application's handler are out of reach: what it receives is counted in the body of the response.
        _requests = new RequestHandler(
            given ?? NewHandler(connector, settings),
            given is null ? null : _received,
            () => given is null ? connector.TooLate : null,
            () => _security.Refusal);
        (options.HttpClient, options.HttpHandler, options.DisposeHttpClient) = (null, _requests, given is null);
        try
        {
            _channel = GrpcChannel.ForAddress($"{(isSecure ? "https" : "http")}://{target.Authority}", options);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            var message = $"RemoteConfig.ChannelOptions cannot be used for {address}: {exception.Message}";
            throw new RemoteException(RemoteError.InvalidConfiguration, message, exception) { Address = address };
        }

        _invoker = _channel.CreateCallInvoker();
        if (settings.Interceptors.Count > 0)
        {
            _invoker = _invoker.Intercept([.. settings.Interceptors]);
        }
    }

    /// <summary>What the dial is waiting for, as the end of a sentence.</summary>
    public string Step => _step.Text;

    /// <summary>The certificate of the peer, once the connection stands; <see langword="null"/> without TLS of ours.</summary>
    public X509Certificate2? RemoteCertificate => _security.RemoteCertificate;

    /// <summary>Which of this node's certificates the connection was made with (<see cref="NodeTls.Generation"/>); 0 without TLS of ours.</summary>
    public int TlsGeneration => _security.Generation;

    /// <summary>
    /// Makes what a call needs and throws it away; connects to nothing. The first call of a process is quicker afterwards by what that took:
    /// for a short-lived program that has something else to do on another thread meanwhile.
    /// </summary>
    public static void Prepare()
    {
        var settings = new ChannelSettings(1, Timeout.InfiniteTimeSpan, new TransportOptions(), TimeProvider.System);
        using var channel = new PeerChannel("localhost:1", settings)._channel;
    }

    /// <summary>Opens a call of Receive. Its first write waits until the connection stands.</summary>
    public DialledCall Receive() =>
        new(_invoker.AsyncDuplexStreamingCall(RemotingMethods.Dialled, host: null, _callOptions), _received, () => _requests.Refusal);

    /// <summary>Closes the connection, unless it is the application's own. Abort the call before.</summary>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SocketsHttpHandler NewHandler(Connector connector, ChannelSettings settings) => new()
    {
        // Peers are dialled by the address that they advertise: the proxy of an environment is meant for other requests.
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        EnableMultipleHttp2Connections = false,
        InitialHttp2StreamWindowSize = settings.Transport.InitialStreamWindowBytes,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        KeepAlivePingDelay = settings.Transport.KeepAlivePingDelay,
        KeepAlivePingTimeout = settings.Transport.KeepAlivePingTimeout,

        // Covers the TLS handshake, which comes after the callback; the callback itself goes by the injected clock.
        ConnectTimeout = settings.ConnectTimeout,
        ConnectCallback = (_, cancellationToken) => connector.ConnectAsync(cancellationToken),
        PlaintextStreamFilter = (context, _) => connector.Connected(context.PlaintextStream),
    };

    /// <summary>Opens the connection of the channel.</summary>
    private sealed class Connector(
        PeerTarget target, ChannelSettings settings, TlsDial security, bool isSecure, ReceivedBytes received, DialStep step)
    {
        private volatile bool _isConnected;

        /// <summary>What is said when time is over; nothing once the connection stands.</summary>
        public string? TooLate => _isConnected ? null : $"No connection to {target.Authority} within {settings.ConnectTimeout}: {step.Text}.";

        public async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
        {
            using var timeout = new CancellationTokenSource(settings.ConnectTimeout, settings.Time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            try
            {
                var connection = await DialAsync(linked.Token).ConfigureAwait(false);
                step.Text = "its TLS handshake did not end";
                return await security.SecureAsync(new CountedStream(connection, received), linked.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException exception)
            {
                // The handler's own timeout is as long, by the clock of the system: whichever comes first.
                throw CallFailure.Of(StatusCode.Unavailable, TooLate ?? "The connection was given up.", exception);
            }
        }

        /// <summary>TLS has shaken hands, where there is TLS.</summary>
        public ValueTask<Stream> Connected(Stream connection)
        {
            step.Text = "its web server did not answer";
            _isConnected = true;
            return ValueTask.FromResult(security.Listen(connection, isSecure));
        }

        private ValueTask<Stream> DialAsync(CancellationToken cancellationToken)
        {
            // Where there are several addresses, the race says which.
            step.Text = "the connection was not accepted";
            if (settings.Connect is { } connect)
            {
                return connect(target.EndPoint, cancellationToken);
            }

            return target.EndPoint is DnsEndPoint host
                ? new AddressRace(settings.Names.ResolveAsync, SocketDial.ConnectAsync, settings.Time).ConnectAsync(host, step, cancellationToken)
                : SocketDial.ConnectAsync(target.EndPoint, cancellationToken);
        }
    }
}
