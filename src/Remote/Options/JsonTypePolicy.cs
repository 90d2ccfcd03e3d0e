namespace Remote;

/// <summary>The .NET types that a JSON message from another node may name.</summary>
/// <remarks>
/// A name from the wire is judged before anything is looked up by it. Protobuf messages and serializers of the application's own are not
/// concerned, nor is what this node sends.
/// </remarks>
public enum JsonTypePolicy
{
    /// <summary>
    /// Types of the application: those of assemblies that are loaded already and belong neither to .NET nor to Proto.Actor, gRPC, protobuf
    /// or Remote, and those of <see cref="RemoteOptions.RegisteredJsonTypes"/>. Arguments of a generic type of the application may also be
    /// primitive types and collections of .NET.
    /// </summary>
    Application = 0,

    /// <summary>Those of <see cref="RemoteOptions.RegisteredJsonTypes"/>, and no other.</summary>
    Registered = 1,

    /// <summary>
    /// Every type that the runtime finds by its name, as in Proto.Remote: whoever reaches this node decides which assemblies it loads and
    /// which classes it constructs. Only among nodes that trust each other.
    /// </summary>
    Any = 2,
}
