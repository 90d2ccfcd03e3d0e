namespace Remote;

/// <summary>Something that a peer wants to do.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Peer">Who it is, as far as it has said so.</param>
/// <param name="Subject">The kind to spawn, the id of the actor to stop or watch, or the name of the method that is called.</param>
public readonly record struct RemoteOperation(RemoteOperationKind Kind, RemotePeer Peer, string Subject);
