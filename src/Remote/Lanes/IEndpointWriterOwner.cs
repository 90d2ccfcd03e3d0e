namespace Remote;

/// <summary>Who hears what an <see cref="EndpointWriter"/> did: the endpoint, or a test.</summary>
internal interface IEndpointWriterOwner
{
    /// <summary>Whether nobody wants a message any more: its deadline is over, or it is a request that was given up.</summary>
    bool IsExpired(in RemoteDelivery delivery);

    /// <summary>A message could not be encoded and will not be sent.</summary>
    void Refuse(in RemoteDelivery delivery, EncodeResult result);

    /// <summary>A message is given up, and counted already.</summary>
    void Refuse(in RemoteDelivery delivery, Actors.DeadLetterReason reason);
}
