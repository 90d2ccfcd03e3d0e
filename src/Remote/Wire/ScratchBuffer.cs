using System.Buffers;

namespace Remote;

/// <summary>Memory for envelopes that straddle the border of two blocks. A small one is kept between batches.</summary>
internal sealed class ScratchBuffer
{
    /// <summary>An idle link keeps no more than this: the memory of a straddling giant goes back after its batch.</summary>
    private const int MaxKeptBytes = 64 * 1024;

    private byte[] _bytes = [];

    internal Span<byte> Get(int length)
    {
        if (_bytes.Length < length)
        {
            Return();
            _bytes = ArrayPool<byte>.Shared.Rent(length);
        }

        return _bytes.AsSpan(0, length);
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
