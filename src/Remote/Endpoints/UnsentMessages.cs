namespace Remote;

/// <summary>Makes dead letters of the messages that an endpoint's writer does not send, and says why in the log.</summary>
internal sealed class UnsentMessages(NodeContext context, string address)
{
    /// <summary>Whether the deadline of a message is over, or it is a request that was given up.</summary>
    public bool IsExpired(in RemoteDelivery delivery) =>
        !delivery.IsPlain && (delivery.IsAbandoned || MessageDeadline.IsOver(delivery.OwnHeaders, context.Time));

    /// <returns>The reason of the dead letter, for the ledger.</returns>
    public DeadLetterReason Refuse(in RemoteDelivery delivery, in EncodeResult result)
    {
        var reason = result.Status switch
        {
            EncodeStatus.Expired => DeadLetterReason.Expired,
            EncodeStatus.Fault => DeadLetterReason.InternalError,
            EncodeStatus.TooLarge => DeadLetterReason.TooLarge,
            _ => DeadLetterReason.NotSerializable,
        };
        if (result.Status == EncodeStatus.Fault)
        {
            RemoteLog.EncoderFailed(context.Log, address, delivery.Message.GetType(), result.Error!);
        }
        else if (result.Status != EncodeStatus.Expired)
        {
            RemoteLog.MessageNotSent(context.Log, address, delivery.Message.GetType(), result.Status, Detail(result), WithheldException.Of(result.Error));
        }

        if (reason == DeadLetterReason.NotSerializable)
        {
            context.SerializationFailures.Count(delivery.Message.GetType());
        }

        context.DeadLetters.Publish(delivery, reason, detail: result.Status is EncodeStatus.Expired or EncodeStatus.Fault ? null : Detail(result));
        if (result.Status != EncodeStatus.Expired && RequestNames.IsRequest(delivery.Target) && delivery.Message is not Proto.DeadLetterResponse)
        {
            // It was the answer. Its request waits on the other node, which knows nothing of it.
            context.DeadLetters.LoseAnswer(delivery.Target, reason);
        }

        return reason;
    }

    /// <summary>A message is given up that is counted already.</summary>
    public void Refuse(in RemoteDelivery delivery, DeadLetterReason reason) => context.DeadLetters.Publish(delivery, reason);

    private static string Detail(in EncodeResult result) =>
        result.Status == EncodeStatus.TooLarge
            ? $"at least {result.Size} bytes, and RemoteOptions.MaxMessageBytes here or there allows less"
        : result.Error is UnregisteredTypeException ? "no serializer takes its type; see RemoteConfig.WithProtoMessages and WithSerializer"
        : "its serializer threw";
}
