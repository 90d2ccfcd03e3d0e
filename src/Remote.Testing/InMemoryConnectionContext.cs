using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Remote.Testing;

/// <summary>The listening side of an <see cref="InMemoryConnection"/>, as Kestrel wants it.</summary>
internal sealed class InMemoryConnectionContext : DefaultConnectionContext
{
    private readonly InMemoryConnection _connection;
    private readonly IDuplexPipe _transport;
    private readonly CancellationTokenSource _closed = new();

    public InMemoryConnectionContext(InMemoryConnection connection, IDuplexPipe transport, EndPoint local, EndPoint remote)
        : base($"in-memory-{connection.Number}", transport, transport)
    {
        _connection = connection;
        _transport = transport;
        LocalEndPoint = local;
        RemoteEndPoint = remote;
        ConnectionClosed = _closed.Token;
    }

    public override void Abort(ConnectionAbortedException abortReason) => _connection.Cut();

    /// <summary>Runs on the pool: handlers of the token must not run on the pump, which would wait for itself.</summary>
    public void FireClosed() => ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), _closed, preferLocal: false);

    public override async ValueTask DisposeAsync()
    {
        // The server may have left its pipes open: completed, they still deliver its last bytes.
        await _transport.Input.CompleteAsync().ConfigureAwait(false);
        await _transport.Output.CompleteAsync().ConfigureAwait(false);
        _connection.ServerLeft();
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
