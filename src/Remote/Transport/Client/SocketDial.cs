using System.Net;
using System.Net.Sockets;

namespace Remote;

/// <summary>Connections below HTTP/2 and TLS.</summary>
internal static class SocketDial
{
    /// <param name="address">An IP address and a port, or a Unix socket.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="SocketException">There is no connection.</exception>
    public static async ValueTask<Stream> ConnectAsync(EndPoint address, CancellationToken cancellationToken)
    {
        var socket = address is UnixDomainSocketEndPoint
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
