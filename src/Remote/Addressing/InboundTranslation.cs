using Remote.Actors;

namespace Remote;

/// <summary>
/// Translates the PIDs that arrive on one link: those of this system get the local form without an address, those of
/// clients of this system the form {"$client/&lt;id&gt;", local id}, however they were written, so that one process has
/// one PID (decision page 0011). Immutable.
/// </summary>
internal sealed class InboundTranslation
{
    private readonly string _peerAddress;
    private readonly string? _ownClient;
    private readonly string? _serverAddress;
    private readonly Func<string, bool> _isOwnAddress;

    private InboundTranslation(
        string peerAddress, string? ownClient, string? serverAddress, Func<string, bool> isOwnAddress)
    {
        _peerAddress = peerAddress;
        _ownClient = ownClient;
        _serverAddress = serverAddress;
        _isOwnAddress = isOwnAddress;
    }

    /// <summary>On a node with a listener, from a peer that has one too.</summary>
    internal static InboundTranslation FromServer(string peerAddress, Func<string, bool> isOwnAddress) =>
        new(peerAddress, null, null, isOwnAddress);

    /// <summary>On a node with a listener, from a client that dialled it.</summary>
    internal static InboundTranslation FromClient(string clientSystemId, Func<string, bool> isOwnAddress) =>
        new(ClientAddress.Of(clientSystemId), null, null, isOwnAddress);

    /// <summary>On a node without a listener, from the server that it dialled.</summary>
    internal static InboundTranslation AtClient(
        string ownSystemId, string dialledAddress, Func<string, bool> isOwnAddress) =>
        new(dialledAddress, ClientAddress.Of(ownSystemId), dialledAddress, isOwnAddress);

    /// <summary>A target is always ours, or belongs to one of our clients.</summary>
    internal PID Target(string id, uint requestId = 0) =>
        ClientAddress.TrySplit(id, out var client, out var localId)
            ? new PID(client == _ownClient ? "" : client, localId, requestId)
            : new PID("", id, requestId);

    /// <summary>A target that was written as a PID. Its address does not count: it was sent to us.</summary>
    internal PID Target(in ReadPid pid) =>
        ClientAddress.IsClient(pid.Address) && pid.Address != _ownClient
            ? new PID(pid.Address, pid.Id, pid.RequestId)
            : Target(pid.Id, pid.RequestId);

    /// <inheritdoc cref="Translate(string, string, uint)"/>
    internal PID Translate(in ReadPid pid) => Translate(pid.Address, pid.Id, pid.RequestId);

    /// <summary>A sender, or a PID inside a core message.</summary>
    internal PID Translate(string address, string id, uint requestId = 0)
    {
        if (address.Length == 0)
        {
            address = _peerAddress;
        }

        var split = ClientAddress.TrySplit(id, out var client, out var localId);
        if (split && (client == _ownClient || client == _peerAddress))
        {
            // The address does not count: the client is at one end of this link.
            return new PID(client == _ownClient ? "" : client, localId, requestId);
        }

        if (address == _ownClient || _isOwnAddress(address))
        {
            return split ? new PID(client, localId, requestId) : new PID("", id, requestId);
        }

        if (ClientAddress.IsClient(address))
        {
            return OfClient(address, split ? client : null, split ? localId : id, requestId);
        }

        // One string for the address of the peer, not one per PID.
        return new PID(address == _peerAddress ? _peerAddress : address, id, requestId);
    }

    /// <summary>A client reaches other clients only through the server; a server keeps them as they are.</summary>
    private PID OfClient(string address, string? innerClient, string id, uint requestId)
    {
        var client = innerClient ?? address;
        return _serverAddress is null
            ? new PID(client, id, requestId)
            : new PID(_serverAddress, $"{client}/{id}", requestId);
    }
}
