using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Remote;

/// <summary>
/// An accepted connection. Kestrel reads from and writes to the socket directly: its own socket transport puts a pipe, a
/// loop and a thread hop in each direction between.
/// </summary>
internal sealed class SocketConnection : ConnectionContext, IConnectionLifetimeFeature, IMemoryPoolFeature, IConnectionEndPointFeature, IConnectionSocketFeature, IConnectionFate
{
    private static long s_count;

    private readonly CancellationTokenSource _closed = new();
    private readonly ConnectionMemoryPool _pool = new();
    private int _closing;
    private int _disposed;

    public SocketConnection(Socket socket)
    {
        Socket = socket;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        ConnectionId = "remote-" + Interlocked.Increment(ref s_count).ToString(CultureInfo.InvariantCulture);
        var stream = new SocketStream(socket, _pool, OnClosed, AbortSocket);
        Transport = new DuplexPipe(
            PipeReader.Create(stream, new StreamPipeReaderOptions(_pool, bufferSize: 4096, minimumReadSize: 1024, leaveOpen: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(_pool, minimumBufferSize: 4096, leaveOpen: true)));
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set<IConnectionEndPointFeature>(this);
        Features.Set<IConnectionSocketFeature>(this);
        Features.Set<IConnectionFate>(this);
        if (UnixPeer.Of(socket) is { } peer)
        {
            Features.Set(peer);
        }

        Features.Set<IConnectionIdFeature>(new IdFeature(ConnectionId));
        Features.Set<IConnectionItemsFeature>(new ItemsFeature(Items));
    }

    public Socket Socket { get; }

    public System.Buffers.MemoryPool<byte> MemoryPool => _pool;

    public bool IsLost => Volatile.Read(ref _closing) != 0;

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override void Abort(ConnectionAbortedException abortReason) => AbortSocket();

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        CloseSocket();
        await Transport.Input.CompleteAsync().ConfigureAwait(false);
        await Transport.Output.CompleteAsync(new ConnectionAbortedException()).ConfigureAwait(false);
        OnClosed();
    }

    /// <summary>Tells the connection's users on another thread: they may take their time, and reading must go on.</summary>
    private void OnClosed()
    {
        if (Interlocked.Exchange(ref _closing, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), _closed, preferLocal: false);
        }
    }

    private void AbortSocket()
    {
        OnClosed();
        CloseSocket();
    }

    private void CloseSocket()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer closed first, or we did: what is asked for has happened.
        }

        Socket.Dispose();
    }

    internal sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class IdFeature(string id) : IConnectionIdFeature
    {
        public string ConnectionId { get; set; } = id;
    }

    private sealed class ItemsFeature(IDictionary<object, object?> items) : IConnectionItemsFeature
    {
        public IDictionary<object, object?> Items { get; set; } = items;
    }
}
