using Google.Protobuf;
using Proto;
using Proto.Mailbox;
using Wire = Remote.Protocol;

namespace Remote.Tests.Messaging;

/// <summary>
/// The batch that the protocol asks for, made the slow way with the generated classes: the encoder has to write the very
/// bytes that these write. Written for a server connection between two fixed addresses.
/// </summary>
internal static class ModelEncoder
{
    internal const string Own = "10.0.0.1:8001";
    internal const string Peer = "10.0.0.2:8002";

    internal static Wire.RemoteMessage Encode(
        IEnumerable<RemoteDelivery> deliveries, bool pidTargets, ulong sequence = 0)
    {
        var batch = new Wire.MessageBatch { Sequence = sequence };
        foreach (var delivery in deliveries)
        {
            batch.Envelopes.Add(Encode(delivery, batch, pidTargets));
        }

        return new Wire.RemoteMessage { MessageBatch = batch };
    }

    private static Wire.MessageEnvelope Encode(in RemoteDelivery delivery, Wire.MessageBatch batch, bool pidTargets)
    {
        var payload = Payload(delivery.Message);
        var target = new Wire.PID { Address = Peer, Id = delivery.Target.Id };
        var envelope = new Wire.MessageEnvelope
        {
            TypeId = IndexOf(batch.TypeNames, payload.Descriptor.FullName),
            Target = IndexOf(
                batch.Targets, pidTargets ? target.ToByteString() : ByteString.CopyFromUtf8(delivery.Target.Id)),
            TargetRequestId = delivery.Target.RequestId,
            MessageData = payload.ToByteString(),
        };
        if (delivery.Message is SystemMessage)
        {
            return envelope;
        }

        if (delivery.Sender is { } sender)
        {
            envelope.Sender = IndexOf(batch.Senders, ToWire(sender.WithRequestId(0))) + 1;
            envelope.SenderRequestId = sender.RequestId;
        }

        if (delivery.Headers is { Count: > 0 } headers)
        {
            // Those of the trace are the last.
            var own = delivery.OwnHeaders ?? MessageHeader.Empty;
            var ofTrace = headers.Where(header => !own.ContainsKey(header.Key)).OrderBy(static header => header.Key);
            envelope.MessageHeader = new Wire.MessageHeader();
            foreach (var (key, value) in own.Concat(ofTrace))
            {
                envelope.MessageHeader.HeaderData.Add(key, value);
            }
        }

        return envelope;
    }

    private static IMessage Payload(object message) => message switch
    {
        Watch watch => new Wire.Watch { Watcher = ToWire(watch.Watcher) },
        Unwatch unwatch => new Wire.Unwatch { Watcher = ToWire(unwatch.Watcher) },
        Terminated terminated => new Wire.Terminated
        {
            Who = ToWire(terminated.Who),
            Why = (Wire.TerminatedReason)terminated.Why,
        },
        Stop => new Wire.Stop(),
        PoisonPill => new Wire.PoisonPill(),
        Touch => new Wire.Touch(),
        Touched touched => new Wire.Touched { Who = ToWire(touched.Who) },
        DeadLetterResponse response => new Wire.DeadLetterResponse { Target = ToWire(response.Target) },
        _ => (IMessage)message,
    };

    private static Wire.PID ToWire(PID pid) => new()
    {
        Address = pid.Address is "" or ActorSystem.NoHost ? Own : pid.Address,
        Id = pid.Id,
        RequestId = pid.RequestId,
    };

    private static int IndexOf<T>(IList<T> table, T entry)
    {
        var index = table.IndexOf(entry);
        if (index < 0)
        {
            index = table.Count;
            table.Add(entry);
        }

        return index;
    }
}
