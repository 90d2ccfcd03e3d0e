using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Remote.Testing;

/// <summary>The exceptions a real socket raises, so that code under test takes the paths it takes in production.</summary>
internal static class NetworkErrors
{
    public static SocketException Refused() => new((int)SocketError.ConnectionRefused);

    /// <summary>An <see cref="IOException"/>, as the client reads it, and of the type Kestrel knows as a reset.</summary>
    public static IOException Reset() =>
        new ConnectionResetException("The connection was cut.", new SocketException((int)SocketError.ConnectionReset));

    public static IOException BrokenPipe() =>
        new("The other side does not read any more.", new SocketException((int)SocketError.Shutdown));
}
