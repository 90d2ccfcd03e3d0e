using System.Buffers;
using Grpc.Core;

namespace Remote;

/// <summary>
/// One message that arrived, in a rented array. gRPC takes its own buffer back as soon as the marshaller returns, before it is known which
/// stream the message belongs to: so it is copied here, whole, and interpreted by nobody (section 3 of the design).
/// </summary>
internal sealed class Frame
{
    private readonly int _length;
    private byte[]? _array;

    private Frame(int length)
    {
        _length = length;
        _array = ArrayPool<byte>.Shared.Rent(length);
    }

    /// <summary>The message; not after <see cref="Return"/>.</summary>
    public ReadOnlyMemory<byte> Memory => _array.AsMemory(0, _length);

    /// <summary>Copies the message out of gRPC's buffer.</summary>
    public static Frame Copy(DeserializationContext context)
    {
        var frame = new Frame(context.PayloadLength);
        context.PayloadAsReadOnlySequence().CopyTo(frame._array);
        return frame;
    }

    /// <summary>Gives the array back; who reads has taken everything out of it. Only its owner calls this, once.</summary>
    public void Return()
    {
        if (Interlocked.Exchange(ref _array, null) is { } array)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }
}
