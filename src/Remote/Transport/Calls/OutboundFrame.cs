using System.Buffers;
using Grpc.Core;

namespace Remote;

/// <summary>
/// The message that is being written. Each stream has one of these and uses it for all its messages, since gRPC has done with it when its
/// write completes and a stream has one writer at a time.
/// </summary>
internal sealed class OutboundFrame
{
    /// <summary>What is to be written; it must stay as it is until the write has completed.</summary>
    public ReadOnlyMemory<byte> Message { get; set; }

    /// <summary>Copies the message into gRPC's buffer: once, since its length is told beforehand.</summary>
    public static void Write(OutboundFrame frame, SerializationContext context)
    {
        var message = frame.Message.Span;
        context.SetPayloadLength(message.Length);
        context.GetBufferWriter().Write(message);
        context.Complete();
    }
}
