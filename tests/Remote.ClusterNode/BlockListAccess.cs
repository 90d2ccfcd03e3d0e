using System.Runtime.CompilerServices;
using Proto.Remote;

namespace Remote.ClusterNode;

/// <summary>Blocks as Proto.Cluster does, whose access is not public.</summary>
internal static class BlockListAccess
{
    public static void Block(BlockList blockList, string memberId) => Block(blockList, [memberId], "by command");

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Block")]
    private static extern void Block(BlockList blockList, IEnumerable<string> memberIds, string reason);
}
