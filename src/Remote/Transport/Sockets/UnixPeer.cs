using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Remote;

/// <inheritdoc cref="IUnixPeer"/>
internal sealed record UnixPeer(uint UserId, uint GroupId, int ProcessId) : IUnixPeer
{
    // SOL_SOCKET and SO_PEERCRED of Linux on x64 and ARM; its answer is struct ucred { pid, uid, gid }.
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    /// <summary>
    /// The peer of a connection; <see langword="null"/> when that came over no Unix socket, or over one of another system than Linux. Also
    /// for connections of the application's own web server.
    /// </summary>
    public static IUnixPeer? Of(IFeatureCollection features) =>
        features.Get<IUnixPeer>() ?? (features.Get<IConnectionSocketFeature>()?.Socket is { } socket ? Of(socket) : null);

    /// <inheritdoc cref="Of(IFeatureCollection)"/>
    public static IUnixPeer? Of(Socket socket)
    {
        if (socket.AddressFamily != AddressFamily.Unix || !OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<int> credentials = stackalloc int[3];
        try
        {
            var length = socket.GetRawSocketOption(SocketLevel, PeerCredentials, MemoryMarshal.AsBytes(credentials));
            return length == credentials.Length * sizeof(int)
                ? new UnixPeer((uint)credentials[1], (uint)credentials[2], credentials[0])
                : null;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is gone: nobody will ask who it was.
            return null;
        }
    }
}
