using Google.Protobuf;
using Remote.Transport;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>
/// The first message of each side of a stream: writing our own, judging the other's. Pure. See section 2 of the protocol.
/// </summary>
internal static class Handshake
{
    // A system id is opaque to us, but it ends up in dictionaries, addresses and logs.
    internal const int MaxIdLength = 256;
    internal const int MaxAddressLength = 1024;

    /// <param name="systemId">Our incarnation.</param>
    /// <param name="advertisedAddress">Our listener's address; <see langword="null"/> for a client.</param>
    /// <param name="capabilities">Our capabilities beyond the base protocol; none to write only what a Proto.Actor node would.</param>
    /// <param name="offer">Our link, if the capabilities name it.</param>
    /// <param name="blocked">The ids that the peer is told not to talk to; a client tells none.</param>
    public static byte[] Request(
        string systemId, string? advertisedAddress, IEnumerable<string> capabilities, LinkOffer? offer = null, IReadOnlyList<string>? blocked = null)
    {
        var request = new Wire.ConnectRequest();
        if (advertisedAddress is null)
        {
            request.ClientConnection = new Wire.ClientConnection { MemberId = systemId, Capabilities = { capabilities } };
            if (offer is not null)
            {
                LinkHandshake.Write(offer, request.ClientConnection);
            }
        }
        else
        {
            request.ServerConnection = new Wire.ServerConnection { MemberId = systemId, Address = advertisedAddress, BlockList = { blocked ?? [] }, Capabilities = { capabilities } };
            if (offer is not null)
            {
                LinkHandshake.Write(offer, request.ServerConnection);
            }
        }

        return new Wire.RemoteMessage { ConnectRequest = request }.ToByteArray();
    }

    /// <param name="systemId">Our incarnation.</param>
    /// <param name="peer">The dialler: only a request with capabilities is answered with ours.</param>
    /// <param name="capabilities">Our capabilities beyond the base protocol.</param>
    /// <param name="answer">Our state of the peer's link; only for a peer that offered one.</param>
    public static byte[] Response(string systemId, PeerIdentity peer, IEnumerable<string> capabilities, LinkAnswer? answer = null)
    {
        var response = new Wire.ConnectResponse { MemberId = systemId };
        if (peer.HasCapabilities)
        {
            response.Capabilities.Add(capabilities);
        }

        if (answer is not null && peer.Offer is not null)
        {
            LinkHandshake.Write(answer, response);
        }

        return new Wire.RemoteMessage { ConnectResponse = response }.ToByteArray();
    }

    /// <summary>The answer to a peer that is blocked: nothing but that.</summary>
    public static byte[] Blocked(string systemId) =>
        new Wire.RemoteMessage { ConnectResponse = new Wire.ConnectResponse { MemberId = systemId, Blocked = true } }.ToByteArray();

    public static byte[] Heartbeat() => new Wire.RemoteMessage { Heartbeat = new Wire.Heartbeat() }.ToByteArray();

    public static byte[] Disconnect() => new Wire.RemoteMessage { DisconnectRequest = new Wire.DisconnectRequest() }.ToByteArray();

    /// <summary>Reads the dialler's first message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="own">The capabilities that we announce on this stream; <see langword="null"/>: all of them.</param>
    /// <exception cref="GrpcException">It is not a valid ConnectRequest; the status ends the stream.</exception>
    public static PeerIdentity ReadRequest(Wire.RemoteMessage message, string[]? own = null) =>
        message.ConnectRequest?.ConnectionTypeCase switch
        {
            Wire.ConnectRequest.ConnectionTypeOneofCase.ClientConnection =>
                Client(message.ConnectRequest.ClientConnection, own ?? CapabilityNames.All),
            Wire.ConnectRequest.ConnectionTypeOneofCase.ServerConnection =>
                Server(message.ConnectRequest.ServerConnection, own ?? CapabilityNames.All),
            _ => throw Refusal(GrpcStatusCode.FailedPrecondition, $"The first message must be a ConnectRequest with a connection type; it was {message.MessageTypeCase}."),
        };

    /// <summary>Reads the acceptor's first message.</summary>
    /// <exception cref="RemoteException">It is not a ConnectResponse.</exception>
    public static Wire.ConnectResponse ReadResponse(Wire.RemoteMessage message, string address) =>
        message.ConnectResponse ?? throw new RemoteException(
            RemoteError.ProtocolViolation, $"{address} answered the handshake with {message.MessageTypeCase} instead of a ConnectResponse.")
        { Address = address };

    /// <summary>The acceptor's answer about our link; <see langword="null"/> when it cannot resume.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="address">The acceptor's address, for the error.</param>
    /// <param name="own">The capabilities that we announced on this stream; <see langword="null"/>: all of them.</param>
    /// <exception cref="RemoteException">It is no answer that we know.</exception>
    public static LinkAnswer? ReadAnswer(Wire.ConnectResponse response, string address, string[]? own = null) =>
        CapabilityNames.Read(response.Capabilities, own ?? CapabilityNames.All).HasFlag(StreamCapabilities.Resume) ? LinkHandshake.Read(response, address) : null;

    private static PeerIdentity Client(Wire.ClientConnection connection, string[] own)
    {
        var id = connection.MemberId;
        CheckId(id);
        if (id.Contains('/'))
        {
            throw Refusal(GrpcStatusCode.InvalidArgument, "A client's member_id must not contain '/': it is a part of actor ids.");
        }

        var capabilities = CapabilityNames.Read(connection.Capabilities, own);
        var offer = capabilities.HasFlag(StreamCapabilities.Resume) ? LinkHandshake.Read(connection) : null;
        return Identity(new PeerIdentity(id, ClientAddress.Of(id), IsClient: true), connection.Capabilities, capabilities, offer);
    }

    private static PeerIdentity Server(Wire.ServerConnection connection, string[] own)
    {
        CheckId(connection.MemberId);
        if (connection.Address.Length > MaxAddressLength || !PeerAddress.IsValid(connection.Address))
        {
            throw Refusal(GrpcStatusCode.InvalidArgument, "ServerConnection.address must be host:port or unix:///path.");
        }

        var capabilities = CapabilityNames.Read(connection.Capabilities, own);
        var offer = capabilities.HasFlag(StreamCapabilities.Resume) ? LinkHandshake.Read(connection) : null;
        return Identity(new PeerIdentity(connection.MemberId, connection.Address, IsClient: false), connection.Capabilities, capabilities, offer) with
        {
            BlockList = [.. connection.BlockList.Where(id => id.Length is > 0 and <= MaxIdLength).Take(BlockList.MaxAdvised)],
        };
    }

    private static PeerIdentity Identity(PeerIdentity peer, IReadOnlyCollection<string> names, StreamCapabilities capabilities, LinkOffer? offer) => peer with
    {
        // There is nothing to resume without a link to name.
        Capabilities = offer is null ? capabilities & ~StreamCapabilities.Resume : capabilities,
        HasCapabilities = names.Count > 0,
        Offer = offer,
    };

    private static void CheckId(string id)
    {
        if (id.Length is 0 or > MaxIdLength)
        {
            throw Refusal(GrpcStatusCode.InvalidArgument, $"member_id must have 1 to {MaxIdLength} characters; it has {id.Length}.");
        }
    }

    private static GrpcException Refusal(GrpcStatusCode code, string detail) => new(new GrpcStatus(code, detail));
}

/// <summary>The node at the other end, by its own words.</summary>
/// <param name="SystemId">The incarnation.</param>
/// <param name="Address">Its listener's address, or <c>$client/id</c>.</param>
/// <param name="IsClient">Whether it has no listener.</param>
internal sealed record PeerIdentity(string SystemId, string Address, bool IsClient)
{
    /// <summary>The capabilities that both sides have.</summary>
    public StreamCapabilities Capabilities { get; init; }

    /// <summary>Whether it named any capability, known or not.</summary>
    public bool HasCapabilities { get; init; }

    /// <summary>Its link, when it can resume.</summary>
    public LinkOffer? Offer { get; init; }

    /// <summary>The ids that it does not talk to.</summary>
    public IReadOnlyList<string> BlockList { get; init; } = [];
}
