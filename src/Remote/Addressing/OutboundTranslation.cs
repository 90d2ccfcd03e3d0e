using Proto;

namespace Remote;

/// <summary>
/// How PIDs are written on one link. Inside a system a PID from before the start has no address yet and a client's PID is {"$client/&lt;id&gt;", local id}; on
/// the wire every PID must be reachable from where it is read. Immutable.
/// </summary>
/// <param name="PeerAddress">The address of the peer, for targets that are written as PIDs; "$client/..." for a client.</param>
/// <param name="PidTargets">Whether targets are written as actor.PID messages instead of strings.</param>
/// <param name="LocalAddress">The address through which others reach this node: its own, or that of the server which it dialled.</param>
/// <param name="LocalClient">The "$client/..." address of a node without a listener; <see langword="null"/> with a listener.</param>
internal sealed record OutboundTranslation(string PeerAddress, bool PidTargets, string LocalAddress, string? LocalClient)
{
    /// <summary>Whether the peer is told why a message was not delivered: it is a Remote node, which reads that.</summary>
    internal bool SaysReasons { get; private init; }

    /// <summary>The names of this node's requests; <see langword="null"/> where they have none of their own.</summary>
    internal RequestNames? Requests { get; init; }

    /// <summary>From a node with a listener, to another one or to a client that dialled it.</summary>
    internal static OutboundTranslation FromServer(string ownAddress, string peerAddress, bool pidTargets) =>
        new(peerAddress, pidTargets, ownAddress, LocalClient: null);

    /// <summary>From a node without a listener to the server that it dialled.</summary>
    internal static OutboundTranslation FromClient(string ownSystemId, string dialledAddress, bool pidTargets) =>
        new(dialledAddress, pidTargets, dialledAddress, ClientAddress.Of(ownSystemId));

    /// <summary>The same for a peer with these capabilities.</summary>
    internal OutboundTranslation For(StreamCapabilities capabilities) => this with { SaysReasons = capabilities != StreamCapabilities.None };

    /// <summary>Senders are written so that every reader can answer.</summary>
    internal WirePid Sender(PID pid) => Translate(pid.Address, IdOf(pid), LocalAddress, LocalClient);

    /// <summary>PIDs inside messages of the application: whoever reads one may answer to it.</summary>
    internal WirePid Payload(PID pid) => Payload(pid.Address, IdOf(pid));

    /// <summary>
    /// PIDs inside core messages. A client's own are written plainly, {"$client/&lt;id&gt;", id}, where its senders take the way through
    /// the server: that is what Proto.Actor does and what its watchers compare with.
    /// </summary>
    internal WirePid Payload(string address, string id) => Translate(address, id, LocalClient ?? LocalAddress, null);

    private bool IsLocal(string address) => address.Length == 0 || address == ActorSystem.NoHost || address == (LocalClient ?? LocalAddress);

    private string IdOf(PID pid) => Requests is not null && IsLocal(pid.Address) ? Requests.OnWire(pid) : pid.Id;

    private WirePid Translate(string address, string id, string localAddress, string? localClient)
    {
        if (IsLocal(address))
        {
            return new WirePid(localAddress, localClient, id);
        }

        // A client cannot be dialled; answers must go through the server that knows it.
        return ClientAddress.IsClient(address) ? new WirePid(LocalAddress, address, id) : new WirePid(address, null, id);
    }
}
