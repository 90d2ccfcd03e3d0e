using System.Runtime.CompilerServices;
using Proto.Remote;

namespace Remote.ProtoPeer;

/// <summary>Blocking is for packages of Proto.Actor alone; this is the back door.</summary>
internal static class BlockListAccess
{
    public static void Block(BlockList blockList, string memberId) => Block(blockList, [memberId], "by command");

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Block")]
    private static extern void Block(BlockList blockList, IEnumerable<string> memberIds, string reason);
}
