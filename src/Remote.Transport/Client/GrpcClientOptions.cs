using System.Net;
using System.Net.Security;

namespace Remote.Transport;

/// <summary>How a <see cref="GrpcClient"/> connects and what it accepts. Read once, when the client is created.</summary>
public sealed class GrpcClientOptions
{
    /// <summary>The default of <see cref="MaxReceiveMessageBytes"/>: 4 MiB, as in every gRPC library.</summary>
    public const int DefaultMaxReceiveMessageBytes = 4 * 1024 * 1024;

    /// <summary>The default of <see cref="ConnectTimeout"/>: 5 seconds.</summary>
    public static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>The largest message accepted from the server, in bytes, checked before the message is buffered. Default 4 MiB.</summary>
    public int MaxReceiveMessageBytes { get; set; } = DefaultMaxReceiveMessageBytes;

    /// <summary>How long dialling may take, TLS included. Default 5 s; <see cref="Timeout.InfiniteTimeSpan"/>: for ever.</summary>
    public TimeSpan ConnectTimeout { get; set; } = DefaultConnectTimeout;

    /// <summary>
    /// Opens the connection instead of a TCP or Unix socket: for networks in memory, proxies and tests. It gets the target,
    /// a <see cref="DnsEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? ConnectCallback { get; set; }

    /// <summary>TLS for addresses without a scheme, and its details for https addresses. Default: no TLS.</summary>
    public SslClientAuthenticationOptions? Tls { get; set; }

    /// <summary>
    /// How many bytes of one call the server may send ahead of the reader. Default 4 MiB, allowed 65,535 bytes to 16 MiB; the window of
    /// the whole connection is fixed by the platform.
    /// </summary>
    public int InitialStreamWindowBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>An HTTP/2 ping is sent after this much silence, at least 1 s. Default: never.</summary>
    public TimeSpan KeepAlivePingDelay { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>The connection counts as dead when a ping stays unanswered for this long. Default 20 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Whether further connections are opened when the server's limit of concurrent calls is reached; otherwise calls wait
    /// for one another. Default false: a client is one connection.
    /// </summary>
    public bool EnableMultipleConnections { get; set; }

    /// <summary>The clock behind timeouts and deadlines. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal void Validate(string parameter) => new OptionFaults()
        .Range(nameof(MaxReceiveMessageBytes), MaxReceiveMessageBytes, 0, int.MaxValue)
        .AtLeast(nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromMilliseconds(1))
        // The bounds of SocketsHttpHandler.
        .Range(nameof(InitialStreamWindowBytes), InitialStreamWindowBytes, 65_535, 16 * 1024 * 1024)
        .AtLeast(nameof(KeepAlivePingDelay), KeepAlivePingDelay, TimeSpan.FromSeconds(1))
        .AtLeast(nameof(KeepAlivePingTimeout), KeepAlivePingTimeout, TimeSpan.FromSeconds(1))
        .NotNull(nameof(TimeProvider), TimeProvider)
        .ThrowIfAny(parameter);
}
