using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>
/// One envelope with its table entries put in, read with the generated classes: what is compared, apart from how it was batched.
/// </summary>
internal sealed record EnvelopeView(string Type, PidView Target, PidView? Sender, int Serializer, string Headers, string Payload, PidView? Inner)
{
    /// <param name="batch">The batch.</param>
    /// <param name="envelope">One of its envelopes.</param>
    /// <param name="writer">The address of the node that wrote it: an empty sender address means that.</param>
    public static EnvelopeView Of(Wire.MessageBatch batch, Wire.MessageEnvelope envelope, string writer)
    {
        var type = At(batch.TypeNames, envelope.TypeId) ?? $"type {envelope.TypeId}";
        var target = At(batch.Targets, envelope.Target)?.ToStringUtf8() ?? $"target {envelope.Target}";
        var sender = envelope.Sender == 0 ? null : At(batch.Senders, envelope.Sender - 1) ?? new Wire.PID { Id = $"sender {envelope.Sender}" };
        var (inner, payload) = Read(type, envelope.MessageData, writer);
        return new EnvelopeView(
            type,
            new PidView("", target, envelope.TargetRequestId),
            sender is null ? null : PidView.Of(sender, writer, envelope.SenderRequestId),
            envelope.SerializerId,
            Describe(envelope.MessageHeader),
            payload,
            inner);
    }

    /// <summary>The PID inside a message of the protocol itself; it names addresses, so it cannot be compared byte for byte.</summary>
    public static Wire.PID? InnerPid(string type, ByteString data, out IMessage? message)
    {
        message = type switch
        {
            "actor.Watch" => Wire.Watch.Parser.ParseFrom(data),
            "actor.Unwatch" => Wire.Unwatch.Parser.ParseFrom(data),
            "actor.Terminated" => Wire.Terminated.Parser.ParseFrom(data),
            "actor.DeadLetterResponse" => Wire.DeadLetterResponse.Parser.ParseFrom(data),
            "remote.ActorPidResponse" => Wire.ActorPidResponse.Parser.ParseFrom(data),
            _ => null,
        };
        return message switch
        {
            Wire.Watch watch => watch.Watcher,
            Wire.Unwatch unwatch => unwatch.Watcher,
            Wire.Terminated terminated => terminated.Who,
            Wire.DeadLetterResponse response => response.Target,
            Wire.ActorPidResponse response => response.Pid,
            _ => null,
        };
    }

    public override string ToString() =>
        $"{Type} to {Target} from {Sender?.ToString() ?? "nobody"}, serializer {Serializer}, headers [{Headers}], payload {Payload} {Inner}";

    private static (PidView? Inner, string Payload) Read(string type, ByteString data, string writer)
    {
        var pid = InnerPid(type, data, out var message);
        var rest = message switch
        {
            Wire.Terminated terminated => terminated.Why.ToString(),
            Wire.ActorPidResponse response => $"status {response.StatusCode}",
            null => Convert.ToHexString(data.Span),
            _ => "",
        };
        return (pid is null ? null : PidView.Of(pid, writer), rest);
    }

    private static string Describe(Wire.MessageHeader? header) =>
        header is null ? "" : string.Join(", ", header.HeaderData.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));

    private static T? At<T>(IList<T> table, int index)
        where T : class => index >= 0 && index < table.Count ? table[index] : null;
}
