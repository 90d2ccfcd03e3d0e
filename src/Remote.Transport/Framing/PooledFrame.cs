using System.Buffers;
using Google.Protobuf;

namespace Remote.Transport;

/// <summary>One message with its prefix in a rented array.</summary>
internal readonly struct PooledFrame : IDisposable
{
    private readonly byte[] _array;
    private readonly int _length;

    private PooledFrame(int messageLength)
    {
        _length = GrpcFrameWriter.PrefixLength + messageLength;
        _array = ArrayPool<byte>.Shared.Rent(_length);
        GrpcFrameWriter.WritePrefix(_array, messageLength);
    }

    public ReadOnlyMemory<byte> Memory => _array.AsMemory(0, _length);

    private Span<byte> Message => _array.AsSpan(GrpcFrameWriter.PrefixLength, _length - GrpcFrameWriter.PrefixLength);

    public static PooledFrame Of(IMessage message)
    {
        var frame = new PooledFrame(message.CalculateSize());
        message.WriteTo(frame.Message);
        return frame;
    }

    public static PooledFrame Of(ReadOnlySequence<byte> message)
    {
        var frame = new PooledFrame(checked((int)message.Length));
        message.CopyTo(frame.Message);
        return frame;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_array);
}
