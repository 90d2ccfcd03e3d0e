using Google.Protobuf;
using Grpc.Core;
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

    /// <summary>
    /// The dialler's first message. A client advertises no address, and tells no ids that are blocked; without capabilities only that is
    /// written which a Proto.Actor node would write.
    /// </summary>
    public static byte[] Request(
        string systemId, string? advertisedAddress, IEnumerable<string> capabilities, LinkOffer? offer = null, IReadOnlyList<string>? blocked = null)
    {
        var request = new Wire.ConnectRequest();
        if (advertisedAddress is null)
        {
            request.ClientConnection = new() { MemberId = systemId, Capabilities = { capabilities } };
        }
        else
        {
            request.ServerConnection = new() { MemberId = systemId, Address = advertisedAddress, Capabilities = { capabilities } };
            request.ServerConnection.BlockList.Add(blocked ?? []);
        }

        if (offer is not null)
        {
            LinkHandshake.Write(offer, request);
        }

        return new Wire.RemoteMessage { ConnectRequest = request }.ToByteArray();
    }

    /// <summary>The acceptor's first message. Only capabilities are answered with ours, and only an offer with an answer.</summary>
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

    /// <param name="number">For the echo; without one there is none.</param>
    public static byte[] Heartbeat(ulong number = 0) =>
        new Wire.RemoteMessage { Heartbeat = new Wire.Heartbeat { Number = number } }.ToByteArray();

    public static byte[] HeartbeatEcho(ulong number) =>
        new Wire.RemoteMessage { HeartbeatEcho = new Wire.HeartbeatEcho { Number = number } }.ToByteArray();

    public static byte[] Disconnect() => new Wire.RemoteMessage { DisconnectRequest = new Wire.DisconnectRequest() }.ToByteArray();

    /// <summary>Reads the dialler's first message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="own">Our capabilities on this stream: only those count.</param>
    /// <param name="trustsPeers">Whether the ids that the peer has blocked are of use; otherwise only their number is kept.</param>
    /// <exception cref="RpcException">It is not a valid ConnectRequest; the status ends the stream.</exception>
    public static PeerIdentity ReadRequest(Wire.RemoteMessage message, string[] own, bool trustsPeers = false) =>
        message.ConnectRequest?.ConnectionTypeCase switch
        {
            Wire.ConnectRequest.ConnectionTypeOneofCase.ClientConnection => Client(message.ConnectRequest.ClientConnection, own),
            Wire.ConnectRequest.ConnectionTypeOneofCase.ServerConnection => Server(message.ConnectRequest.ServerConnection, own, trustsPeers),
            _ => throw CallFailure.Of(StatusCode.FailedPrecondition,
                $"The first message must be a ConnectRequest with a connection type; it was {message.MessageTypeCase}."),
        };

    /// <summary>
    /// Reads the acceptor's first message. The id in it is kept as long as that of a request, and has the same limits; but it may be empty:
    /// a peer that gives no name is talked to.
    /// </summary>
    /// <exception cref="RemoteException">It is not a ConnectResponse, or its id is none.</exception>
    public static Wire.ConnectResponse ReadResponse(Wire.RemoteMessage message, string address)
    {
        if (message.ConnectResponse is not { } response)
        {
            throw Violation(address, $"with {message.MessageTypeCase} instead of a ConnectResponse");
        }

        var id = response.MemberId;
        return id.Length == 0 || IsId(id) ? response : throw Violation(address, $"with a member_id that is none: it must have {IdRule(id)}");
    }

    /// <summary>The acceptor's answer about our link; <see langword="null"/> when it cannot resume.</summary>
    /// <exception cref="RemoteException">It is no answer that we know.</exception>
    public static LinkAnswer? ReadAnswer(Wire.ConnectResponse response, string address, string[] own)
    {
        var capabilities = CapabilityNames.Read(response.Capabilities, own);
        var answer = capabilities.HasFlag(StreamCapabilities.Resume) ? LinkHandshake.Read(response, address) : null;
        return capabilities.HasFlag(StreamCapabilities.Priority) || answer is null ? answer : answer with { Priority = null };
    }

    private static PeerIdentity Client(Wire.ClientConnection connection, string[] own)
    {
        var id = Checked(connection.MemberId);
        if (id.Contains('/'))
        {
            throw Invalid("A client's member_id must not contain '/': it is a part of actor ids.");
        }

        var peer = new PeerIdentity(id, ClientAddress.Of(id), IsClient: true);
        return Negotiate(peer, connection.Capabilities, own, () => LinkHandshake.Read(connection));
    }

    private static PeerIdentity Server(Wire.ServerConnection connection, string[] own, bool trustsPeers)
    {
        var id = Checked(connection.MemberId);
        if (connection.Address.Length > MaxAddressLength || !PeerAddress.IsValid(connection.Address))
        {
            throw Invalid("ServerConnection.address must be host:port or unix:///path.");
        }

        var blocked = connection.BlockList.Where(blocked => blocked.Length is > 0 and <= MaxIdLength).Take(PeerBlockList.MaxAdvised);
        var peer = new PeerIdentity(id, PeerAddress.Canonical(connection.Address), IsClient: false)
        {
            Advice = trustsPeers ? new BlockAdvice([.. blocked]) : new BlockAdvice(blocked.Count()),
        };
        return Negotiate(peer, connection.Capabilities, own, () => LinkHandshake.Read(connection));
    }

    private static PeerIdentity Negotiate(PeerIdentity peer, IReadOnlyCollection<string> names, string[] own, Func<LinkOffer?> readOffer)
    {
        var capabilities = CapabilityNames.Read(names, own);
        var offer = capabilities.HasFlag(StreamCapabilities.Resume) ? readOffer() : null;
        return peer with
        {
            // There is nothing to resume without a link to name.
            Capabilities = offer is null ? capabilities & ~StreamCapabilities.Resume : capabilities,
            HasCapabilities = names.Count > 0,
            Offer = capabilities.HasFlag(StreamCapabilities.Priority) || offer is null ? offer : offer with { Priority = null },
        };
    }

    private static string Checked(string id) => IsId(id) ? id : throw Invalid($"member_id must have {IdRule(id)}.");

    private static bool IsId(string id) => id.Length is > 0 and <= MaxIdLength && !id.Any(char.IsControl);

    /// <summary>The rule for ids, and how long this one is: what it says belongs into no error.</summary>
    private static string IdRule(string id) => $"1 to {MaxIdLength} characters, none of them a control character; it has {id.Length}";

    private static RpcException Invalid(string detail) => CallFailure.Of(StatusCode.InvalidArgument, detail);

    private static RemoteException Violation(string address, string what) =>
        new(RemoteError.ProtocolViolation, $"{address} answered the handshake {what}.") { Address = address };
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
    public BlockAdvice Advice { get; init; } = BlockAdvice.None;
}
