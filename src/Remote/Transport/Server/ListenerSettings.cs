using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>How a <see cref="NodeListener"/> listens. Immutable.</summary>
/// <param name="EndPoint">An IP address or a name of this machine with a port, 0 for any free one; or a Unix socket.</param>
/// <param name="Handler">Answers the calls.</param>
internal sealed record ListenerSettings(EndPoint EndPoint, IRemotingHandler Handler)
{
    public int MaxReceiveMessageBytes { get; init; } = 4 * 1024 * 1024;

    public TransportOptions Transport { get; init; } = new();

    /// <summary>Judges callers; without one everybody is let in.</summary>
    public CallGate? Gate { get; init; }

    /// <summary>Answers the administration service; without one it is not there.</summary>
    public NodeAdministration? Administration { get; init; }

    /// <summary>
    /// How long after it was accepted a connection may take to carry its first complete request; then it is closed.
    /// </summary>
    public TimeSpan FirstRequestTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Accepts connections instead of sockets.</summary>
    public IConnectionListenerFactory? ListenerFactory { get; init; }

    /// <summary>Changes the listener after everything else was set on it (<c>RemoteConfig.ConfigureKestrel</c>).</summary>
    public Action<ListenOptions>? Configure { get; init; }

    /// <summary>TLS of ours; <see langword="null"/> for none, or for that of <see cref="Configure"/>.</summary>
    public NodeTls? Tls { get; init; }

    /// <summary>Counts what the listener turns away.</summary>
    public Refusals Refusals { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ILoggerFactory LoggerFactory { get; init; } = Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance;

    /// <summary>The log of the node; one of its own without a node.</summary>
    public ILogger Log { get => field ?? LoggerFactory.CreateLogger("Remote"); init; }
}
