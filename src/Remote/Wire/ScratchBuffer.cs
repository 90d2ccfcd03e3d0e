using System.Buffers;

namespace Remote;

/// <summary>Memory for the envelopes that straddle a border. Kept between batches while small.</summary>
internal sealed class ScratchBuffer
{
    /// <summary>What an idle link may hold on to; a straddling giant gives its memory back after its batch.</summary>
    private const int MaxKeptBytes = 64 * 1024;

    private byte[] _bytes = [];

    internal Memory<byte> Get(int length)
    {
        if (_bytes.Length < length)
        {
            Return();
            _bytes = ArrayPool<byte>.Shared.Rent(length);
        }

        return _bytes.AsMemory(0, length);
    }

    internal void Trim()
    {
        if (_bytes.Length > MaxKeptBytes)
        {
            Return();
        }
    }

    private void Return()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }
}
