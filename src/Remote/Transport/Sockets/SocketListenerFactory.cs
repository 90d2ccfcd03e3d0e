using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Remote;

/// <summary>Listens on TCP and Unix-domain sockets.</summary>
internal sealed class SocketListenerFactory(TimeProvider time) : IConnectionListenerFactory
{
    /// <summary>As in Kestrel; the kernel cuts it to its own maximum.</summary>
    private const int Backlog = 512;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        try
        {
            IConnectionListener listener = endpoint switch
            {
                UnixDomainSocketEndPoint unix => ListenUnix(unix),
                IPEndPoint ip => ListenTcp(ip),
                _ => throw new NotSupportedException($"Cannot listen on {endpoint.GetType().Name}."),
            };
            return new ValueTask<IConnectionListener>(listener);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException($"{endpoint} is in use.", exception);
        }
    }

    private SocketListener ListenTcp(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return new SocketListener(socket, file: null, time);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private SocketListener ListenUnix(UnixDomainSocketEndPoint endPoint)
    {
        UnixSocketFile file = UnixSocketFile.Claim(endPoint);
        try
        {
            return new SocketListener(file.Listen(Backlog), file, time);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
