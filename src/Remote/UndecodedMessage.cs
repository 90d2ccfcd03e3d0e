namespace Remote;

/// <summary>Stands in a dead letter for a message from a peer that could not be read. The bytes themselves are not kept.</summary>
/// <param name="PeerAddress">The peer that sent it.</param>
/// <param name="TypeName">The type it named, if that could be read. Comes from the network: do not trust it.</param>
/// <param name="SerializerId">The serializer it named.</param>
/// <param name="Bytes">The size of its envelope in bytes.</param>
/// <param name="Detail">Its fault.</param>
public sealed record UndecodedMessage(string PeerAddress, string? TypeName, int SerializerId, int Bytes, string Detail);
