using System.Globalization;
using Proto;
using Proto.Remote;

namespace Remote;

/// <summary>The address of a node: the one that its peers are told, and what its actor system knows of it.</summary>
internal static class NodeAddress
{
    /// <summary>The address that peers are told: the bound one unless the config says otherwise.</summary>
    /// <exception cref="RemoteException">Nobody could dial it.</exception>
    public static string Advertised(RemoteConfig config, string bound)
    {
        if (bound.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal))
        {
            return bound;
        }

        var colon = bound.LastIndexOf(':');
        var host = config.AdvertisedHost ?? bound[..colon].Trim('[', ']');
        if (PeerAddress.FaultOfHost(host) is { } fault)
        {
            throw new RemoteException(
                RemoteError.InvalidConfiguration,
                $"The node listens on {bound}, and '{host}' {fault}: set RemoteConfig.AdvertisedHost to what peers should dial.");
        }

        var port = config.AdvertisedPort is > 0 and var advertised ? advertised : Port(bound);
        return PeerAddress.Canonical(PeerAddress.Of(host, port));
    }

    /// <summary>
    /// Tells the actor system where it lives, host and port by themselves too: a cluster makes the address of its member of the two. For a Unix
    /// socket there are none.
    /// </summary>
    public static void Set(ActorSystem system, string address)
    {
        if (ClientAddress.IsClient(address))
        {
            system.SetClientAddress();
        }
        else if (address.StartsWith(PeerAddress.UnixScheme, StringComparison.Ordinal))
        {
            ProtoActorInternals.SetAddress(system, address);
        }
        else
        {
            system.SetAddress(address[..address.LastIndexOf(':')], Port(address));
        }
    }

    private static int Port(string address) => int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
}
