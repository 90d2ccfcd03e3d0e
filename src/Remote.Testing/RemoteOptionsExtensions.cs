namespace Remote.Testing;

/// <summary>Puts a node onto the stand-ins of this package.</summary>
public static class RemoteOptionsExtensions
{
    /// <summary>Lets a node listen and dial on an in-memory network instead of sockets.</summary>
    /// <param name="options">The node's options.</param>
    /// <param name="network">The network that all nodes of the test share.</param>
    /// <returns>The same options.</returns>
    public static RemoteOptions UseNetwork(this RemoteOptions options, InMemoryNetwork network)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(network);
        options.Hooks.ListenerFactory = network;
        options.Hooks.Connect = network.ConnectAsync;
        return options;
    }
}
