using Proto;
using Proto.Cluster;

namespace Remote.Cluster.Redis;

/// <summary>An activation that this process has stored.</summary>
/// <param name="Name">The identity as it stands in keys.</param>
/// <param name="Identity">The identity.</param>
/// <param name="MemberId">Whose it is.</param>
/// <param name="Pid">The actor.</param>
/// <param name="Number">What the server gave it: of two for one identity the larger is the later.</param>
/// <param name="Token">The lock it was stored with.</param>
internal sealed record OwnActivation(string Name, ClusterIdentity Identity, string MemberId, PID Pid, string Number, string Token);
