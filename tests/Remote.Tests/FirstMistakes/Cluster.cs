using Proto.Extensions;

namespace Proto.Cluster;

/// <summary>
/// Stands for the extension of Proto.Cluster, which these tests do not refer to, under its name: a node knows by it that it is in a cluster. The tests of clusters compare
/// the two.
/// </summary>
internal sealed class Cluster : IActorSystemExtension<Cluster>;
