using System.Buffers;
using Google.Protobuf;

namespace Remote.Transport;

/// <summary>One message in a rented array.</summary>
internal readonly struct PooledMessage : IDisposable
{
    private readonly byte[] _array;
    private readonly int _length;

    private PooledMessage(int length)
    {
        _length = length;
        _array = ArrayPool<byte>.Shared.Rent(length);
    }

    public ReadOnlyMemory<byte> Memory => _array.AsMemory(0, _length);

    public static PooledMessage Of(IMessage message)
    {
        var pooled = new PooledMessage(message.CalculateSize());
        message.WriteTo(pooled._array.AsSpan(0, pooled._length));
        return pooled;
    }

    public static PooledMessage Of(ReadOnlySequence<byte> message)
    {
        var pooled = new PooledMessage(checked((int)message.Length));
        message.CopyTo(pooled._array);
        return pooled;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_array);
}
