using Remote.Actors;

namespace Remote.Tests;

/// <summary>The parts of a node that does not listen.</summary>
internal static class NodeKit
{
    public const string Address = "here:1";

    public static NodeParts PartsOf(ActorSystem system, RemoteOptions options, RemoteSetup setup)
    {
        var settings = new NodeSettings(system, options, setup);
        return new NodeParts(new NodeContext(settings, Address, CancellationToken.None), setup, new BlockList(settings));
    }
}
