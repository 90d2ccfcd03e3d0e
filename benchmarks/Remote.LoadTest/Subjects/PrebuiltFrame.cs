using System.Buffers.Binary;
using Google.Protobuf;
using Remote.Protocol;

namespace Remote.LoadTest;

/// <summary>A gRPC frame with one batch as the product would write it, made once and sent many times.</summary>
internal static class PrebuiltFrame
{
    /// <summary>What gRPC writes before a message: a flag for compression and the length.</summary>
    private const int PrefixLength = 5;

    /// <summary>A message type of ours, as the type table names it.</summary>
    private static string TypeName => Payload.Descriptor.FullName;

    /// <summary>The frame of one flush: one target, one type, and one sender where the scenario has answers.</summary>
    public static byte[] Of(RunPlan plan) => Of(plan.MessagesPerFlush, plan.PayloadBytes, Scenarios.Answers(plan.Scenario));

    /// <summary>What <see cref="Of(RunPlan)"/> holds behind its prefix, for a transport that writes the prefix itself.</summary>
    public static ReadOnlyMemory<byte> Message(RunPlan plan) => Of(plan).AsMemory(PrefixLength);

    public static ReadOnlyMemory<byte> Message(int messages, int payloadBytes, bool withSender) =>
        Of(messages, payloadBytes, withSender).AsMemory(PrefixLength);

    public static byte[] Of(int messages, int payloadBytes, bool withSender)
    {
        var batch = new MessageBatch { TypeNames = { TypeName }, Targets = { ByteString.CopyFromUtf8(ProductNames.Counter) } };
        if (withSender)
        {
            batch.Senders.Add(new PID { Address = "127.0.0.1:50000", Id = ProductNames.Collector });
        }

        var envelope = new MessageEnvelope { MessageData = PayloadBytes(payloadBytes), Sender = withSender ? 1 : 0 };
        for (var i = 0; i < messages; i++)
        {
            batch.Envelopes.Add(envelope);
        }

        return Frame(new RemoteMessage { MessageBatch = batch });
    }

    private static ByteString PayloadBytes(int bytes) =>
        bytes == 0 ? ByteString.Empty : new Payload { Data = ByteString.CopyFrom(new byte[bytes]) }.ToByteString();

    private static byte[] Frame(IMessage message)
    {
        var size = message.CalculateSize();
        var frame = new byte[PrefixLength + size];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)size);
        message.WriteTo(frame.AsSpan(PrefixLength));
        return frame;
    }
}
