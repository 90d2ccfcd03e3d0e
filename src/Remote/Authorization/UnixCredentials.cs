using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Remote;

/// <summary>What the kernel says of the process at the other end of a Unix socket.</summary>
internal static class UnixCredentials
{
    // SOL_SOCKET, SO_PEERCRED and struct ucred (process, user, group) of Linux.
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int UserOffset = 4;

    /// <summary>The user that connected; <see langword="null"/> where the kernel does not say.</summary>
    public static uint? UserIdOf(Socket? socket)
    {
        if (socket is not { AddressFamily: AddressFamily.Unix } || !OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> credentials = stackalloc byte[12];
        try
        {
            return socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials) == credentials.Length
                ? MemoryMarshal.Read<uint>(credentials[UserOffset..])
                : null;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is gone, and so is whoever asked for it.
            return null;
        }
    }
}
