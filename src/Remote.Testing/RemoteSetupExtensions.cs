namespace Remote.Testing;

/// <summary>Puts a node onto the stand-ins of this package.</summary>
public static class RemoteSetupExtensions
{
    /// <summary>Lets a node listen and dial on an in-memory network instead of sockets.</summary>
    /// <param name="setup">The node's setup.</param>
    /// <param name="network">The network that all nodes of the test share.</param>
    /// <returns>The same setup.</returns>
    public static RemoteSetup UseNetwork(this RemoteSetup setup, InMemoryNetwork network)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(network);
        setup.ListenerFactory = network;
        setup.Connect = network.ConnectAsync;
        return setup;
    }
}
