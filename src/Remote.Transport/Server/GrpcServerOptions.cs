using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Remote.Transport;

/// <summary>How a <see cref="GrpcServer"/> listens. Read once, when the server starts.</summary>
public sealed class GrpcServerOptions : GrpcServiceOptions
{
    private readonly List<EndPoint> _endPoints = [];

    /// <summary>What is listened on, in the order it was added.</summary>
    public IReadOnlyList<EndPoint> EndPoints => _endPoints;

    /// <summary>The methods that are answered.</summary>
    public GrpcMethods Methods { get; set; } = new();

    /// <summary>TLS for every listener but those on Unix sockets. Default: none.</summary>
    public SslServerAuthenticationOptions? Tls { get; set; }

    /// <summary>Accepts connections instead of sockets: for networks in memory and tests.</summary>
    public IConnectionListenerFactory? ListenerFactory { get; set; }

    /// <summary>
    /// Wraps the handling of every accepted connection, from accept to close, outside TLS: for a deadline on the first
    /// request, a cap on connections, or counting bytes.
    /// </summary>
    public Func<ConnectionDelegate, ConnectionDelegate>? ConnectionMiddleware { get; set; }

    /// <summary>Changes each listener after everything else was set on it. Default: nothing is changed.</summary>
    public Action<ListenOptions>? ConfigureListener { get; set; }

    /// <summary>How many bytes of one call may arrive ahead of its reader. Default 4 MiB, at least 65,535.</summary>
    public int InitialStreamWindowBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>How many bytes of all calls of a connection may arrive ahead of their readers. Default 16 MiB.</summary>
    public int InitialConnectionWindowBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How many calls one connection may have open at a time. Default 100.</summary>
    public int MaxStreamsPerConnection { get; set; } = 100;

    /// <summary>How many connections may be open; further ones are closed at once. Default: no limit.</summary>
    public long? MaxConnections { get; set; }

    /// <summary>
    /// How long after it was accepted a connection may take to carry its first request; then it is closed. Default: for ever. A method on protobuf
    /// messages, and a raw unary one, counts when its first message has arrived as a whole. A handler that reads frames itself has to say so:
    /// <see cref="GrpcServerStream.ConfirmConnection"/>.
    /// </summary>
    public TimeSpan FirstRequestTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>A ping is sent after this much silence, at least 1 s. Default: never.</summary>
    public TimeSpan KeepAlivePingDelay { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>The connection counts as dead when a ping stays unanswered for this long. Default 20 s.</summary>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Adds a TCP listener.</summary>
    /// <param name="host">An IP address, or a name that resolves to one of this machine's.</param>
    /// <param name="port">The port; 0 takes any free one, read back from <see cref="GrpcServer.EndPoints"/>.</param>
    public GrpcServerOptions Listen(string host, int port)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535);
        _endPoints.Add(IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port));
        return this;
    }

    /// <summary>Adds a listener on a Unix-domain socket.</summary>
    /// <param name="path">An absolute path.</param>
    public GrpcServerOptions ListenUnix(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Path.IsPathRooted(path))
        {
            throw new ArgumentException($"The path of a Unix socket must be absolute: '{path}'.", nameof(path));
        }

        _endPoints.Add(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        return this;
    }

    internal override OptionFaults FindFaults() => base.FindFaults()
        .NotNull(nameof(Methods), Methods)
        .Range("the number of listeners", _endPoints.Count, 1, int.MaxValue)
        // The bounds of Kestrel.
        .Range(nameof(InitialStreamWindowBytes), InitialStreamWindowBytes, 65_535, int.MaxValue)
        .Range(nameof(InitialConnectionWindowBytes), InitialConnectionWindowBytes, 65_535, int.MaxValue)
        .Range(nameof(MaxStreamsPerConnection), MaxStreamsPerConnection, 1, int.MaxValue)
        .Range(nameof(MaxConnections), MaxConnections ?? 1, 1, long.MaxValue)
        .AtLeast(nameof(FirstRequestTimeout), FirstRequestTimeout, TimeSpan.FromMilliseconds(1))
        .AtLeast(nameof(KeepAlivePingDelay), KeepAlivePingDelay, TimeSpan.FromSeconds(1))
        .AtLeast(nameof(KeepAlivePingTimeout), KeepAlivePingTimeout, TimeSpan.FromSeconds(1));
}
