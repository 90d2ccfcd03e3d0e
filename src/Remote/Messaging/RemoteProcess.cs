using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>
/// The process behind a PID of another node. A PID keeps its process for ever, so it finds the endpoint of the address anew when that has
/// ended.
/// </summary>
/// <remarks>Derived from Proto.Remote's process, because its PID cache knows idle PIDs by that type and its last use.</remarks>
/// <param name="system">The actors of this node.</param>
/// <param name="resolver">Knows the endpoints.</param>
/// <param name="pid">The PID, or one of those with its address.</param>
/// <param name="origin">Where the address came from.</param>
internal sealed class RemoteProcess(ActorSystem system, PidResolver resolver, PID pid, DialOrigin origin = DialOrigin.Program)
    : Proto.Remote.RemoteProcess(system, null!, Anybody)
{
    // Proto.Remote takes the PID apart, and throws at an address that is "$client" and no more: at the sender, or in the middle of a peer's batch.
    private static readonly PID Anybody = new("anybody:1", "");

    private readonly string _address = PeerAddress.Canonical(pid.Address);
    private readonly ProcessRegistry? _requests = system.Config.SharedFutures ? null : system.ProcessRegistry;
    private Endpoint? _endpoint;
    private long _lastUse;

    protected override void SendUserMessage(PID pid, object message)
    {
        Use();
        var delivery = new RemoteDelivery(pid, message, _requests);
        var endpoint = Find(out var refusal);
        if (!MessageTrace.IsOn)
        {
            Offer(endpoint, delivery, message, refusal);
            return;
        }

        var log = DeadLetters.Of(System).Log;
        var span = MessageTrace.Send(ref delivery, endpoint?.Record.SpanTags, log);
        Offer(endpoint, delivery, message, refusal);
        MessageTrace.End(span, log);
    }

    private void Offer(Endpoint? endpoint, in RemoteDelivery delivery, object message, DeadLetterReason refusal)
    {
        if (message is AwaitedEnvelope { Slot: var slot })
        {
            slot.Result = endpoint?.PostAsync(delivery, slot.CancellationToken) ?? ValueTask.FromException(Refuse(delivery, refusal));
        }
        else if (endpoint is not null)
        {
            endpoint.Post(delivery);
        }
        else
        {
            Refuse(delivery, refusal);
        }
    }

    protected override void SendSystemMessage(PID pid, SystemMessage message)
    {
        if (Find(out var refusal) is not { } endpoint)
        {
            Refuse(new RemoteDelivery(pid, message), refusal);
            return;
        }

        switch (message)
        {
            case Watch watch:
                endpoint.Watch(watch.Watcher, pid, watch);
                break;
            case Unwatch unwatch:
                endpoint.Unwatch(unwatch.Watcher, pid, unwatch);
                break;
            default:
                endpoint.PostControl(new RemoteDelivery(pid, message));
                break;
        }
    }

    private Endpoint? Find(out DeadLetterReason refusal)
    {
        refusal = default;
        var endpoint = Volatile.Read(ref _endpoint);
        if (endpoint is null or { State: EndpointState.Closed })
        {
            endpoint = resolver.Endpoints?.Find(_address, origin, out refusal);
            Volatile.Write(ref _endpoint, endpoint);
        }

        return endpoint;
    }

    /// <summary>There is no endpoint: the message is a dead letter, and here is why.</summary>
    private RemoteException Refuse(in RemoteDelivery delivery, DeadLetterReason refusal)
    {
        if (resolver.Endpoints is { } endpoints)
        {
            return endpoints.Refuse(delivery, _address, refusal);
        }

        // Nothing is known of the other node.
        var why = ReliableRemote.NotStarted(_address);
        var deadLetters = DeadLetters.Of(System);
        RemoteLog.NotStarted(deadLetters.Log, _address, why.Message);
        deadLetters.PublishHere(delivery, DeadLetterReason.NotStarted, why.Message);
        return why;
    }

    // The clock of the process cache is dear; once a millisecond is more than enough for it.
    private void Use()
    {
        var now = Environment.TickCount64;
        if (now != _lastUse)
        {
            _lastUse = now;
            ProtoActorInternals.Touch(this);
        }
    }
}
