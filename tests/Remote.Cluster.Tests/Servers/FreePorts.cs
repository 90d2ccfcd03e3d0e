using System.Net;
using System.Net.Sockets;

namespace Remote.Cluster.Tests.Servers;

/// <summary>Ports that nothing listens on, none of them given out twice in a run: servers of classes that run side by side must not meet.</summary>
internal static class FreePorts
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    public static int Next()
    {
        lock (Gate)
        {
            while (true)
            {
                using var probe = new TcpListener(IPAddress.Loopback, 0);
                probe.Start();
                var port = ((IPEndPoint)probe.LocalEndpoint).Port;
                if (Given.Add(port))
                {
                    return port;
                }
            }
        }
    }
}
