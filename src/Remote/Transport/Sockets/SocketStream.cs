using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace Remote;

/// <summary>A connected socket as a stream that fails with the exceptions Kestrel expects of a transport.</summary>
internal sealed class SocketStream(Socket socket, ConnectionMemoryPool pool, Action onClosed, Action abort) : ConnectionStream
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            int read = await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
            pool.OnRead(read, buffer.Length);
            if (read == 0)
            {
                onClosed();
            }

            return read;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            onClosed();
            throw Translate(exception);
        }
    }

    /// <summary>
    /// Never throws: Kestrel takes an exception of a transport's writer for a fault of the transport. The reader tells it
    /// that the connection is gone.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                int sent = await socket.SendAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                buffer = buffer[sent..];
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            abort();
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>
    /// Reached only when a pipe is completed with bytes it never flushed: the connection is going down, and a peer that
    /// does not read must not hold a thread.
    /// </summary>
    public override void Write(byte[] buffer, int offset, int count)
    {
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static Exception Translate(Exception exception) => exception is SocketException { SocketErrorCode: not SocketError.OperationAborted }
        ? new ConnectionResetException(exception.Message, exception)
        : new ConnectionAbortedException("The connection was aborted by this side.", exception);
}
