using Proto;
using Proto.Cluster;

namespace Remote.Cluster.Redis;

/// <summary>
/// An activation of this process that no longer has its identity: Redis lost its memory, this process could not say in time what runs on it, and the
/// identity was activated elsewhere; or the member was removed by another that did not know it any more. It must be stopped, or the identity runs twice.
/// </summary>
/// <param name="ClusterIdentity">The identity.</param>
/// <param name="MemberId">The member of this process that had stored the activation.</param>
/// <param name="Pid">The actor to stop.</param>
public sealed record LostActivation(ClusterIdentity ClusterIdentity, string MemberId, PID Pid);
