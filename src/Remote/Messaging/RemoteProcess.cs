using Remote.Actors;

namespace Remote;

/// <summary>The process behind every PID of one peer, for one life of its endpoint. PIDs cache it while it <see cref="IsAlive"/>.</summary>
internal sealed class RemoteProcess(Endpoint endpoint) : IProcess
{
    public bool IsAlive => endpoint.State != EndpointState.Closed;

    // Relaying for others: a node that reaches us may reach the peers and clients that we can reach, as in Proto.Actor.
    public bool AcceptsRemoteMessages => true;

    public void SendUserMessage(PID target, in MessageEnvelope envelope)
    {
        endpoint.Post(new RemoteDelivery(target, in envelope));

        // Relayed: from here on it counts in our lane, no longer with the peer it came from.
        envelope.Origin?.Taken(1, envelope.Size);
    }

    public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        envelope.Origin?.Taken(1, envelope.Size);
        return endpoint.PostAsync(new RemoteDelivery(target, in envelope), cancellationToken);
    }

    public void SendSystemMessage(PID target, SystemMessage message)
    {
        switch (message)
        {
            case Watch watch:
                endpoint.Watch(watch.Watcher, target, watch);
                break;
            case Unwatch unwatch:
                endpoint.Unwatch(unwatch.Watcher, target, unwatch);
                break;
            default:
                endpoint.PostControl(new RemoteDelivery(target, message));
                break;
        }
    }
}
