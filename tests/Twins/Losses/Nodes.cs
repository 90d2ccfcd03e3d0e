using System.Net;
using System.Net.Sockets;
using Proto;
using Proto.Remote;

namespace Twins.Losses;

/// <summary>Starts the nodes: nothing is set that an application would not set.</summary>
internal static class Nodes
{
    public static RemoteConfig At(int port) => RemoteConfig.BindToLocalhost(port).WithProtoMessages(LossesReflection.Descriptor);

    public static Task<ActorSystem> StartAsync() => StartAsync(At(RemoteConfig.AnyFreePort));

    public static async Task<ActorSystem> StartAsync(RemoteConfig config)
    {
        var system = new ActorSystem().WithRemote(config);
        await system.Remote().StartAsync();
        return system;
    }

    /// <summary>
    /// A port that was free a moment ago, for those who must know it before the node is there. Below those that the system gives out by itself: no
    /// connection of another process takes it meanwhile.
    /// </summary>
    public static int FreePort()
    {
        for (var port = 10_000 + (Environment.ProcessId % 20_000); ; port++)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }
}
