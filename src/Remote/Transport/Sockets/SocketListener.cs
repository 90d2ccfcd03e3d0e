using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Remote;

/// <summary>Accepts connections on one socket.</summary>
internal sealed class SocketListener(Socket socket, UnixSocketFile? file, TimeProvider time) : IConnectionListener
{
    /// <summary>How long to wait when the process is out of file descriptors; connections wait in the kernel's backlog.</summary>
    private static readonly TimeSpan ExhaustedPause = TimeSpan.FromMilliseconds(100);

    public EndPoint EndPoint { get; } = file?.EndPoint ?? socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                Socket accepted = await socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (accepted.ProtocolType == ProtocolType.Tcp)
                {
                    accepted.NoDelay = true;
                }

                return new SocketConnection(accepted);
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                // Kestrel would give up listening for good on any exception.
                await Task.Delay(ExhaustedPause, time, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // The peer left between its SYN and our accept.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        file?.Dispose();
        return ValueTask.CompletedTask;
    }
}
