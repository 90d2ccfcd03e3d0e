using System.Buffers;
using System.Runtime.InteropServices;

namespace Remote;

/// <summary>
/// Pinned blocks of one size, last in first out so that a busy connection stays in the processor's cache. Keeps a bounded
/// number; what is returned beyond that is left to the garbage collector.
/// </summary>
internal sealed class BlockPool(int blockBytes, int maxKept)
{
    private readonly Lock _lock = new();
    private readonly Block?[] _kept = new Block?[maxKept];
    private int _count;

    /// <summary>4 KiB, what a quiet connection holds while it waits; 16 MiB kept.</summary>
    public static BlockPool Small { get; } = new(4 * 1024, 4096);

    /// <summary>64 KiB, four HTTP/2 frames, for connections that carry much; 32 MiB kept.</summary>
    public static BlockPool Large { get; } = new(64 * 1024, 512);

    public int BlockBytes => blockBytes;

    public IMemoryOwner<byte> Rent()
    {
        lock (_lock)
        {
            if (_count > 0)
            {
                Block block = _kept[--_count]!;
                _kept[_count] = null;
                return block;
            }
        }

        return new Block(this, GC.AllocateUninitializedArray<byte>(blockBytes, pinned: true));
    }

    private void Return(Block block)
    {
        lock (_lock)
        {
            if (_count < _kept.Length)
            {
                _kept[_count++] = block;
            }
        }
    }

    private sealed class Block(BlockPool pool, byte[] array) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(array, 0, array.Length);

        public void Dispose() => pool.Return(this);
    }
}
