using Remote.Actors;

namespace Remote;

/// <summary>
/// How PIDs are written on one link. Inside a system a local PID has no address and a client's PID is
/// {"$client/&lt;id&gt;", local id}; on the wire every PID must be reachable from where it is read. Immutable.
/// </summary>
internal sealed class OutboundTranslation
{
    private readonly string _localAddress;
    private readonly string? _localClient;
    private readonly string _localPayloadAddress;

    private OutboundTranslation(
        string peerAddress, bool pidTargets, string localAddress, string? localClient, string localPayloadAddress)
    {
        PeerAddress = peerAddress;
        PidTargets = pidTargets;
        _localAddress = localAddress;
        _localClient = localClient;
        _localPayloadAddress = localPayloadAddress;
    }

    /// <summary>The address that the peer advertised, for targets that are written as PIDs.</summary>
    internal string PeerAddress { get; }

    /// <summary>Whether targets are written as actor.PID messages instead of strings.</summary>
    internal bool PidTargets { get; }

    /// <summary>From a node with a listener, to another one or to a client that dialled it.</summary>
    /// <param name="ownAddress">The address under which the peer reaches this node.</param>
    /// <param name="peerAddress">The address of the peer; "$client/..." for a client.</param>
    /// <param name="pidTargets">The dialect of targets.</param>
    internal static OutboundTranslation FromServer(string ownAddress, string peerAddress, bool pidTargets) =>
        new(peerAddress, pidTargets, ownAddress, null, ownAddress);

    /// <summary>From a node without a listener to the server it dialled.</summary>
    /// <param name="ownSystemId">The id of this system, which makes its address.</param>
    /// <param name="dialledAddress">The address that was dialled: through it others reach us.</param>
    /// <param name="peerAddress">The address that the server advertises, or else the dialled one.</param>
    /// <param name="pidTargets">The dialect of targets.</param>
    internal static OutboundTranslation FromClient(
        string ownSystemId, string dialledAddress, string peerAddress, bool pidTargets)
    {
        var client = ClientAddress.Of(ownSystemId);
        return new(peerAddress, pidTargets, dialledAddress, client, client);
    }

    /// <summary>Whether the peer is told why a message was not delivered: it is a Remote node, which reads that.</summary>
    internal bool SaysReasons { get; private init; }

    /// <summary>The same for targets in the other dialect.</summary>
    internal OutboundTranslation WithDialect(bool pidTargets) =>
        new(PeerAddress, pidTargets, _localAddress, _localClient, _localPayloadAddress) { SaysReasons = SaysReasons };

    /// <summary>The same for a peer with these capabilities.</summary>
    internal OutboundTranslation For(StreamCapabilities capabilities) =>
        new(PeerAddress, PidTargets, _localAddress, _localClient, _localPayloadAddress) { SaysReasons = capabilities != StreamCapabilities.None };

    /// <summary>Senders are written so that every reader can answer.</summary>
    internal WirePid Sender(PID pid) => Translate(pid.Address, pid.Id, _localAddress, _localClient);

    /// <summary>
    /// PIDs inside core messages. A client's own are written plainly, {"$client/&lt;id&gt;", id}, where its senders take
    /// the way through the server: that is what Proto.Actor does and what its watchers compare with.
    /// </summary>
    internal WirePid Payload(PID pid) => Payload(pid.Address, pid.Id);

    /// <inheritdoc cref="Payload(PID)"/>
    internal WirePid Payload(string address, string id) => Translate(address, id, _localPayloadAddress, null);

    private WirePid Translate(string address, string id, string localAddress, string? localClient)
    {
        // Our own address, written out, is the same as none.
        if (address.Length == 0 || address == _localPayloadAddress)
        {
            return new WirePid(localAddress, localClient, id);
        }

        // A client cannot be dialled; answers must go through the server that knows it.
        return ClientAddress.IsClient(address)
            ? new WirePid(_localAddress, address, id)
            : new WirePid(address, null, id);
    }
}
