using System.Buffers;

namespace Remote.Transport;

/// <summary>The large blocks as a memory pool, for readers that rent only when there is something to read.</summary>
internal sealed class LargeBlockMemoryPool : MemoryPool<byte>
{
    public static LargeBlockMemoryPool Instance { get; } = new();

    public override int MaxBufferSize => BlockPool.Large.BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => BlockPool.Large.Rent();

    protected override void Dispose(bool disposing)
    {
    }
}
