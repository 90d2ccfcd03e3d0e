namespace Remote;

/// <summary>What a node did not allow since it was made. Counters never decrease.</summary>
/// <param name="DeniedPeers">Streams and calls whose caller may not connect, each answered with PERMISSION_DENIED.</param>
/// <param name="ClosedPeers">Connections that were closed without a word.</param>
/// <param name="DeniedOperations">Operations of peers that may connect, by the name of their <see cref="RemoteOperationKind"/>.</param>
public sealed record AccessStatistics(long DeniedPeers, long ClosedPeers, IReadOnlyDictionary<string, long> DeniedOperations);
