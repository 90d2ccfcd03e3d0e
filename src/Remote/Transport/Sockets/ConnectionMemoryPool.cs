using System.Buffers;
using System.Diagnostics;

namespace Remote;

/// <summary>
/// The memory of one connection. Kestrel hands a body on block by block, each with a hop between threads, so large blocks
/// are what carries bulk; a quiet connection waits with a small block, so that ten thousand of them cost little.
/// </summary>
internal sealed class ConnectionMemoryPool : MemoryPool<byte>
{
    private const int QuietReadsBeforeShrinking = 64;

    private BlockPool _blocks = BlockPool.Small;
    private int _quietReads;

    public override int MaxBufferSize => BlockPool.Large.BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Debug.Assert(minBufferSize <= MaxBufferSize, "Pipes go elsewhere for more than MaxBufferSize.");
        return minBufferSize > BlockPool.Small.BlockBytes ? BlockPool.Large.Rent() : _blocks.Rent();
    }

    /// <summary>Called after every read from the socket with how much there was and how much there was room for.</summary>
    public void OnRead(int bytes, int capacity)
    {
        if (bytes == capacity)
        {
            _quietReads = 0;
            _blocks = BlockPool.Large;
        }
        else if (bytes > BlockPool.Small.BlockBytes)
        {
            _quietReads = 0;
        }
        else if (++_quietReads == QuietReadsBeforeShrinking)
        {
            _blocks = BlockPool.Small;
        }
    }

    protected override void Dispose(bool disposing)
    {
    }
}
