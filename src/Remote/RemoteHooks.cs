using System.Buffers;
using System.Diagnostics.Metrics;
using System.Net;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Remote;

/// <summary>
/// Clocks, chance, networks and logs of a node, for tests and for networks that are no sockets, and who may do what in words of the
/// application's own.
/// </summary>
/// <remarks>Read once when the node starts. Not thread-safe.</remarks>
public sealed class RemoteHooks
{
    /// <summary>
    /// The clock of all timeouts of remoting. Default <see langword="null"/>: that of the system. Proto.Actor's own timers (requests, receive
    /// timeouts) run in real time.
    /// </summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>The source of jitter. Default <see langword="null"/>: a random one.</summary>
    public Random? Random { get; set; }

    /// <summary>Where the node's log goes. Default <see langword="null"/>: Proto.Actor's (<c>Proto.Log.SetLoggerFactory</c>).</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// Makes the meter of the node (<see cref="RemoteTelemetry"/>), and owns it. Default <see langword="null"/>: the application's with <c>AddRemote</c>;
    /// otherwise the node makes one, and disposes of it when it has shut down.
    /// </summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>
    /// Opens connections instead of TCP and Unix sockets: for networks in memory, proxies and tests. Default <see langword="null"/>.
    /// </summary>
    public Func<EndPoint, CancellationToken, ValueTask<Stream>>? Connect { get; set; }

    /// <summary>Accepts connections instead of sockets: for networks in memory and tests. Default <see langword="null"/>.</summary>
    public IConnectionListenerFactory? ListenerFactory { get; set; }

    /// <summary>
    /// Says which certificate this node shows and which authorities it believes, instead of files and stores: for certificates that come from
    /// elsewhere. Asked at the start and every <see cref="TlsOptions.ReloadInterval"/>, by one thread at a time; another certificate or another
    /// root than before is taken up as a changed file is. An exception at the start fails it, a later one is logged and keeps what there was. Default
    /// <see langword="null"/>.
    /// </summary>
    public Func<TlsIdentity>? TlsIdentity { get; set; }

    /// <summary>
    /// Stand around each stream that this node opens, the first one outermost: for metadata, credentials, tracing. The messages of a stream are
    /// opaque to them. Default: none.
    /// </summary>
    public IList<Interceptor> Interceptors { get; } = [];

    /// <summary>
    /// Decides whether a peer may connect: asked once for each stream that a peer opens, when its handshake has said who it is, and for each call of
    /// diagnostics and administration. Asked after <see cref="RemoteOptions.Access"/>, about those whom that lets in. Default
    /// <see langword="null"/>: everybody of these may.
    /// </summary>
    /// <remarks>
    /// May take as long as <see cref="RemoteOptions.HandshakeTimeout"/>; the token ends the wait. An exception counts as a no. Called by many threads
    /// at once. Streams that are open are not judged again: <see cref="ReliableRemote.PeerBlockList"/> cuts them.
    /// </remarks>
    public Func<RemotePeer, CancellationToken, ValueTask<RemotePermission>>? AuthorizePeer { get; set; }

    /// <summary>
    /// Decides whether a peer may do something beyond sending messages: spawn a kind, stop or watch an actor, call diagnostics or administration. It
    /// only narrows: diagnostics and administration stay local unless their options say otherwise. Default <see langword="null"/>: it may.
    /// </summary>
    /// <remarks>
    /// Must answer at once: it runs on the loop that reads the peer's stream. An exception counts as a no. Called by many threads at once.
    /// </remarks>
    public Func<RemoteOperation, RemotePermission>? AuthorizeOperation { get; set; }

    /// <summary>
    /// Says whether an address (<c>host:port</c> or <c>unix:///path</c>) may be dialled that has no endpoint yet, and why it would be. Asked
    /// by any thread for each message to such an address, so it must be quick and must not block; one that throws has said no. What it refuses
    /// is a dead letter <c>Forbidden</c>. Default <see langword="null"/>: every address, within <see cref="RemoteOptions.MaxEndpoints"/>, nine
    /// tenths of which at the most are for addresses that other nodes named.
    /// </summary>
    public Func<string, DialOrigin, bool>? AllowDial { get; set; }

    /// <summary>The clock by which the process notices that it stood still. Beside <see cref="TimeProvider"/>, for it ticks as long as the node lives.</summary>
    internal TimeProvider ProcessTime { get; set; } = TimeProvider.System;

    /// <summary>Where the memory of batches comes from.</summary>
    internal ArrayPool<byte> BatchArrays { get; set; } = ArrayPool<byte>.Shared;
}
