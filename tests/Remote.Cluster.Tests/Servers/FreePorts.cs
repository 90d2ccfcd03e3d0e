using System.Net;
using System.Net.Sockets;

namespace Remote.Cluster.Tests.Servers;

/// <summary>
/// Ports that nothing listens on, none of them given out twice in a run: servers of classes that run side by side must not meet. They lie below those
/// that systems give to connections, so that a server which is started again finds its port free: whoever dials it meanwhile may be given it otherwise.
/// </summary>
internal static class FreePorts
{
    private const int First = 20_000;
    private const int Count = 12_000;

    private static readonly Lock Gate = new();

    // Runs that are on at the same time begin in different places.
    private static int _next = Environment.ProcessId * 101 % Count;

    public static int Next()
    {
        lock (Gate)
        {
            for (var tried = 0; tried < Count; tried++)
            {
                var port = First + _next;
                _next = (_next + 1) % Count;
                if (IsFree(port))
                {
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No port from {First} on is free.");
    }

    private static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
