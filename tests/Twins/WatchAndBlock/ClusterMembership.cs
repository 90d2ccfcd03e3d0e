using System.Runtime.CompilerServices;
using Proto.Remote;

namespace Twins.WatchAndBlock;

/// <summary>
/// What Proto.Cluster does to a member that it has found dead. Only packages of Proto.Actor may call it; we come in by the back door.
/// </summary>
public static class ClusterMembership
{
    public static void Block(BlockList blockList, string memberId) => Block(blockList, [memberId], "left the cluster");

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Block")]
    private static extern void Block(BlockList blockList, IEnumerable<string> memberIds, string reason);
}
