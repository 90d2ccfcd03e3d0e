using Remote.Actors;

namespace Remote;

/// <summary>Makes dead letters of the messages that an endpoint's writer cannot send, and says why in the log.</summary>
internal sealed class UnsentMessages(NodeContext context, string address) : IEndpointWriterOwner
{
    public bool IsExpired(in RemoteDelivery delivery) =>
        (delivery.Sender is { } sender && context.ActorSystem.Futures.IsOver(sender)) || context.ActorSystem.IsExpired(delivery.Headers);

    public void Refuse(in RemoteDelivery delivery, EncodeResult result)
    {
        if (result.Status == EncodeStatus.Fault)
        {
            RemoteLog.EncoderFailed(context.Log, address, delivery.Message.GetType(), result.Error!);
            context.DeadLetter(delivery, RemoteDeadLetterReasons.InternalError);
            return;
        }

        var detail = result.Status == EncodeStatus.TooLarge
            ? $"at least {result.Size} bytes, and RemoteOptions.MaxMessageBytes here or there allows less"
            : result.Error is UnregisteredTypeException ? "its type is not registered; use RemoteSetup.AddMessages or AddJson" : "its serializer threw";
        RemoteLog.MessageNotSent(context.Log, address, delivery.Message.GetType(), result.Status, detail, result.Error);
        context.DeadLetter(delivery, result.Status == EncodeStatus.TooLarge ? RemoteDeadLetterReasons.TooLarge : RemoteDeadLetterReasons.NotSerializable);
    }

    public void Refuse(in RemoteDelivery delivery, DeadLetterReason reason) => context.DeadLetter(delivery, reason);
}
