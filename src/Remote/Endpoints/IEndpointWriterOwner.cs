namespace Remote;

/// <summary>Who hears what an <see cref="EndpointWriter"/> did: the endpoint, or a test.</summary>
internal interface IEndpointWriterOwner
{
    /// <summary>A message could not be encoded and will not be sent.</summary>
    void Refuse(in RemoteDelivery delivery, EncodeResult result);
}
