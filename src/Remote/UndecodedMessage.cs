namespace Remote;

/// <summary>
/// Stands in a dead letter for a message from a peer that could not be read, or for one that is not kept because too many wait for a handler of events.
/// The bytes themselves are not kept either way.
/// </summary>
/// <param name="PeerAddress">The peer that sent it; where that is not known any more its sender's address, or nothing.</param>
/// <param name="TypeName">The type it named, if that could be read. Comes from the network: do not trust it.</param>
/// <param name="SerializerId">The serializer it named; -1 for a message that was read.</param>
/// <param name="Bytes">The size of its envelope in bytes.</param>
/// <param name="Detail">Its fault, or why it is not kept.</param>
public sealed record UndecodedMessage(string PeerAddress, string? TypeName, int SerializerId, int Bytes, string Detail);
