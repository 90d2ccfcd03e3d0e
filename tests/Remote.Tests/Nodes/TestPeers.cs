using Remote.Testing;

namespace Remote.Tests;

/// <summary>Faults of whole nodes on an in-memory network.</summary>
internal static class TestPeers
{
    /// <summary>Quick to give up, so that a test of what follows need not wait for it.</summary>
    public static void GiveUpQuickly(RemoteOptions options)
    {
        options.Reconnect.InitialDelay = TimeSpan.FromMilliseconds(1);
        options.Reconnect.MaxAttempts = 2;
    }

    /// <summary>What a kill looks like from outside: every connection breaks and nobody listens any more.</summary>
    /// <param name="network">The network.</param>
    /// <param name="address">Of the node that dies.</param>
    /// <param name="survivors">The other nodes: the connections of the dead one to them break too.</param>
    public static void Kill(this InMemoryNetwork network, string address, params string[] survivors)
    {
        network.Refuse(address);
        network.Cut(address);
        foreach (var survivor in survivors)
        {
            network.Cut(survivor);
        }
    }
}
