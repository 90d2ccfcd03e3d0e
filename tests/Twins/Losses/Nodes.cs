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

    /// <summary>A port that was free a moment ago, for those who must know it before the node is there.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
