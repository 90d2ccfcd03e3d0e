namespace Remote;

/// <summary>Decides about messages that an <see cref="EndpointWriter"/> does not send.</summary>
internal interface IEndpointWriterOwner
{
    /// <summary>Whether a message has expired: its deadline is over, or it is a request that was given up.</summary>
    bool IsExpired(in RemoteDelivery delivery);

    /// <summary>A message could not be encoded and will not be sent.</summary>
    void Refuse(in RemoteDelivery delivery, EncodeResult result);

    /// <summary>A message is given up, and counted already.</summary>
    void Refuse(in RemoteDelivery delivery, Actors.DeadLetterReason reason);
}
