using Remote.Actors;

namespace Remote;

/// <summary>
/// Translates the PIDs that arrive on one link: those of this system get the local form without an address, those of clients of this system
/// the form {"$client/&lt;id&gt;", local id}, however they were written, so that one process has one PID (decision page 0011). Immutable.
/// </summary>
/// <param name="peerAddress">The address of the peer: the one that was dialled, or that it says it has; "$client/..." for a client.</param>
/// <param name="ownClient">The "$client/..." address of a node without a listener; <see langword="null"/> with a listener.</param>
/// <param name="isOwnAddress">Whether an address is one of this node's.</param>
internal sealed class InboundTranslation(string peerAddress, string? ownClient, Func<string, bool> isOwnAddress)
{
    /// <summary>A target is always ours, or belongs to one of our clients.</summary>
    internal PID Target(string id, uint requestId = 0)
    {
        ClientAddress.TrySplit(id, out var client, out var localId);
        return new PID(client == ownClient ? "" : client, localId, requestId);
    }

    /// <summary>A target that was written as a PID. Its address does not count: it was sent to us.</summary>
    internal PID Target(in ReadPid pid) =>
        ClientAddress.IsClient(pid.Address) && pid.Address != ownClient
            ? new PID(pid.Address, pid.Id, pid.RequestId)
            : Target(pid.Id, pid.RequestId);

    /// <inheritdoc cref="Translate(string, string, uint)"/>
    internal PID Translate(in ReadPid pid) => Translate(pid.Address, pid.Id, pid.RequestId);

    /// <summary>A sender, or a PID inside a core message.</summary>
    internal PID Translate(string address, string id, uint requestId = 0)
    {
        if (address.Length == 0)
        {
            address = peerAddress;
        }

        var split = ClientAddress.TrySplit(id, out var client, out var localId);
        if (split && (client == ownClient || client == peerAddress))
        {
            // The address does not count: the client is at one end of this link.
            return new PID(client == ownClient ? "" : client, localId, requestId);
        }

        if (address == ownClient || isOwnAddress(address))
        {
            return new PID(client, localId, requestId);
        }

        if (ClientAddress.IsClient(address))
        {
            // A client reaches other clients only through the server, which is the peer; a server keeps them as they are.
            var other = split ? client : address;
            return ownClient is null ? new PID(other, localId, requestId) : new PID(peerAddress, $"{other}/{localId}", requestId);
        }

        // One string for the address of the peer, not one per PID.
        return new PID(address == peerAddress ? peerAddress : address, id, requestId);
    }
}
