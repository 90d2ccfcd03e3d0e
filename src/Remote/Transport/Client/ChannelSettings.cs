using System.Net;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Remote;

/// <summary>How a node opens channels to its peers. Immutable; what the application gave is used as it is at the time of each dial.</summary>
/// <param name="MaxReceiveMessageBytes">The largest message that is taken in.</param>
/// <param name="ConnectTimeout">How long one dial may take until the connection stands.</param>
/// <param name="Transport">Windows and keep-alive.</param>
/// <param name="Time">The clock of the timeouts.</param>
internal sealed record ChannelSettings(int MaxReceiveMessageBytes, TimeSpan ConnectTimeout, TransportOptions Transport, TimeProvider Time)
{
    /// <summary>What the application wants of each channel (<c>RemoteConfig.ChannelOptions</c>).</summary>
    public GrpcChannelOptions Channel { get; init; } = new();

    /// <summary>What it wants of each call (<c>RemoteConfig.CallOptions</c>).</summary>
    public CallOptions Call { get; init; }

    /// <summary>Whether peers are dialled with TLS (<c>RemoteConfig.UseHttps</c>).</summary>
    public bool UseHttps { get; init; }

    /// <summary>TLS of ours (<c>RemoteOptions.Tls</c>); <see langword="null"/> for none.</summary>
    public NodeTls? Tls { get; init; }

    /// <summary>For dials that TLS has ended.</summary>
    public ILogger Log { get; init; } = NullLogger.Instance;

    /// <summary>Stand around each call, the first one outermost.</summary>
    public IReadOnlyList<Interceptor> Interceptors { get; init; } = [];

    /// <summary>Finds the addresses of names.</summary>
    public NameResolution Names { get; init; } = NameResolution.For(DialOrigin.Program);

    /// <summary>Opens connections instead of sockets.</summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; init; }
}
