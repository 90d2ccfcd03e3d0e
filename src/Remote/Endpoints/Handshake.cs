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
    private const int MaxIdLength = 256;
    private const int MaxAddressLength = 1024;

    /// <param name="systemId">Our incarnation.</param>
    /// <param name="advertisedAddress">Where we listen; <see langword="null"/> for a client.</param>
    /// <param name="capabilities">What we can do beyond the base protocol; none to send nothing that a Proto.Actor node would not.</param>
    public static byte[] Request(string systemId, string? advertisedAddress, IEnumerable<string> capabilities)
    {
        var request = new Wire.ConnectRequest();
        if (advertisedAddress is null)
        {
            request.ClientConnection = new Wire.ClientConnection { MemberId = systemId, Capabilities = { capabilities } };
        }
        else
        {
            request.ServerConnection = new Wire.ServerConnection { MemberId = systemId, Address = advertisedAddress, Capabilities = { capabilities } };
        }

        return Frame(new Wire.RemoteMessage { ConnectRequest = request });
    }

    /// <param name="systemId">Our incarnation.</param>
    /// <param name="peer">Who asked: only a request with capabilities is answered with ours.</param>
    /// <param name="capabilities">What we can do beyond the base protocol.</param>
    public static byte[] Response(string systemId, PeerIdentity peer, IEnumerable<string> capabilities)
    {
        var response = new Wire.ConnectResponse { MemberId = systemId };
        if (peer.HasCapabilities)
        {
            response.Capabilities.Add(capabilities);
        }

        return Frame(new Wire.RemoteMessage { ConnectResponse = response });
    }

    public static byte[] Heartbeat() => Frame(new Wire.RemoteMessage { Heartbeat = new Wire.Heartbeat() });

    public static byte[] Disconnect() => Frame(new Wire.RemoteMessage { DisconnectRequest = new Wire.DisconnectRequest() });

    /// <summary>Reads the dialler's first message.</summary>
    /// <exception cref="GrpcException">It is not a valid ConnectRequest; the status ends the stream.</exception>
    public static PeerIdentity ReadRequest(Wire.RemoteMessage message) =>
        message.ConnectRequest?.ConnectionTypeCase switch
        {
            Wire.ConnectRequest.ConnectionTypeOneofCase.ClientConnection =>
                Client(message.ConnectRequest.ClientConnection),
            Wire.ConnectRequest.ConnectionTypeOneofCase.ServerConnection =>
                Server(message.ConnectRequest.ServerConnection),
            _ => throw Refusal(GrpcStatusCode.FailedPrecondition, $"The first message must be a ConnectRequest with a connection type; it was {message.MessageTypeCase}."),
        };

    /// <summary>Reads the acceptor's first message.</summary>
    /// <exception cref="RemoteException">It is not a ConnectResponse.</exception>
    public static Wire.ConnectResponse ReadResponse(Wire.RemoteMessage message, string address) =>
        message.ConnectResponse ?? throw new RemoteException(
            RemoteError.ProtocolViolation, $"{address} answered the handshake with {message.MessageTypeCase} instead of a ConnectResponse.")
        { Address = address };

    private static PeerIdentity Client(Wire.ClientConnection connection)
    {
        var id = connection.MemberId;
        CheckId(id);
        if (id.Contains('/'))
        {
            throw Refusal(GrpcStatusCode.InvalidArgument, "A client's member_id must not contain '/': it is a part of actor ids.");
        }

        return new PeerIdentity(id, ClientAddress.Of(id), IsClient: true) { Capabilities = CapabilityNames.Read(connection.Capabilities), HasCapabilities = connection.Capabilities.Count > 0 };
    }

    private static PeerIdentity Server(Wire.ServerConnection connection)
    {
        CheckId(connection.MemberId);
        if (connection.Address.Length > MaxAddressLength || !PeerAddress.IsValid(connection.Address))
        {
            throw Refusal(GrpcStatusCode.InvalidArgument, "ServerConnection.address must be host:port or unix:///path.");
        }

        return new PeerIdentity(connection.MemberId, connection.Address, IsClient: false) { Capabilities = CapabilityNames.Read(connection.Capabilities), HasCapabilities = connection.Capabilities.Count > 0 };
    }

    private static void CheckId(string id)
    {
        if (id.Length is 0 or > MaxIdLength)
        {
            throw Refusal(GrpcStatusCode.InvalidArgument, $"member_id must have 1 to {MaxIdLength} characters; it has {id.Length}.");
        }
    }

    private static GrpcException Refusal(GrpcStatusCode code, string detail) => new(new GrpcStatus(code, detail));

    private static byte[] Frame(Wire.RemoteMessage message)
    {
        var size = message.CalculateSize();
        var frame = new byte[GrpcFrameWriter.PrefixLength + size];
        GrpcFrameWriter.WritePrefix(frame, size);
        message.WriteTo(frame.AsSpan(GrpcFrameWriter.PrefixLength));
        return frame;
    }
}

/// <summary>Who is at the other end, by its own words.</summary>
/// <param name="SystemId">The incarnation.</param>
/// <param name="Address">Where it listens, or <c>$client/id</c>.</param>
/// <param name="IsClient">Whether it has no listener.</param>
internal sealed record PeerIdentity(string SystemId, string Address, bool IsClient)
{
    /// <summary>What both of us can do.</summary>
    public StreamCapabilities Capabilities { get; init; }

    /// <summary>Whether it named any capability, known or not.</summary>
    public bool HasCapabilities { get; init; }
}
