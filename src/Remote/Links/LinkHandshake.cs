using Google.Protobuf;
using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>The fields of a link in the handshake: writing ours, judging the peer's. Pure.</summary>
internal static class LinkHandshake
{
    public static void Write(LinkOffer offer, Wire.ConnectRequest request)
    {
        var id = UnsafeByteOperations.UnsafeWrap(offer.Id.ToArray());
        if (request.ServerConnection is { } server)
        {
            (server.LinkId, server.Attempt, server.Established) = (id, offer.Attempt, offer.Established);
            server.ExpectedSystemId = offer.ExpectedSystemId ?? "";
            server.Limits = Write(offer.Limits);
        }
        else if (request.ClientConnection is { } client)
        {
            (client.LinkId, client.Attempt, client.Established) = (id, offer.Attempt, offer.Established);
            client.ExpectedSystemId = offer.ExpectedSystemId ?? "";
            client.Limits = Write(offer.Limits);
            client.Credit = Write(offer.Credit, offer.Priority);
            client.NextExpected = offer.NextExpected;
        }
    }

    public static void Write(LinkAnswer answer, Wire.ConnectResponse response)
    {
        response.LinkStatus = (Wire.LinkStatus)answer.Status;
        response.NextExpected = answer.NextExpected;
        response.Credit = Write(answer.Credit, answer.Priority);
        response.Limits = Write(answer.Limits);
        response.AdvertisedAddress = answer.AdvertisedAddress ?? "";
    }

    /// <summary>
    /// The offer of a dialler with a listener; <see langword="null"/> when it names no link, as from a peer without the capability.
    /// </summary>
    /// <exception cref="RpcException">A number is out of range.</exception>
    public static LinkOffer? Read(Wire.ServerConnection connection) =>
        LinkId.TryRead(connection.LinkId.Span, out var id)
            ? new LinkOffer(id, Attempt(connection.Attempt), connection.Established, SystemId(connection.ExpectedSystemId), Read(connection.Limits))
            : null;

    /// <summary>The offer of a client; <see langword="null"/> when it names no link.</summary>
    /// <exception cref="RpcException">A number is out of range.</exception>
    public static LinkOffer? Read(Wire.ClientConnection connection)
    {
        if (!LinkId.TryRead(connection.LinkId.Span, out var id))
        {
            return null;
        }

        if (connection.NextExpected is 0 or ulong.MaxValue)
        {
            throw Refusal("ClientConnection.next_expected must be the number of a batch, from 1.");
        }

        return new LinkOffer(id, Attempt(connection.Attempt), connection.Established, SystemId(connection.ExpectedSystemId), Read(connection.Limits))
        {
            Credit = Read(connection.Credit),
            Priority = ReadPriority(connection.Credit),
            NextExpected = connection.NextExpected,
        };
    }

    /// <summary>The answer of an acceptor that named the capability. The sender judges whether its numbers fit the link.</summary>
    /// <exception cref="RemoteException">It is no answer that we know.</exception>
    public static LinkAnswer Read(Wire.ConnectResponse response, string address)
    {
        if (response.LinkStatus is not (Wire.LinkStatus.LinkNew or Wire.LinkStatus.LinkResumed or Wire.LinkStatus.LinkUnknown))
        {
            throw new RemoteException(RemoteError.ProtocolViolation, $"{address} answered with link status {(int)response.LinkStatus}.") { Address = address };
        }

        var advertised = response.AdvertisedAddress;
        var isAddress = advertised.Length <= Handshake.MaxAddressLength && PeerAddress.IsValid(advertised);
        return new LinkAnswer((LinkStatus)response.LinkStatus, response.NextExpected, Read(response.Credit), Read(response.Limits))
        {
            AdvertisedAddress = isAddress ? PeerAddress.Canonical(advertised) : null,
            Priority = ReadPriority(response.Credit),
        };
    }

    private static ulong Attempt(ulong attempt) =>
        attempt is > 0 and < ulong.MaxValue ? attempt : throw Refusal("attempt must be at least 1 and leave room for another.");

    private static string? SystemId(string id) => id.Length switch
    {
        0 => null,
        <= Handshake.MaxIdLength => id,
        _ => throw Refusal($"expected_system_id must have at most {Handshake.MaxIdLength} characters; it has {id.Length}."),
    };

    private static LinkCredit Read(Wire.LinkCredit? credit) =>
        credit is null ? default : new LinkCredit(LinkFrames.Total(credit.Messages), LinkFrames.Total(credit.Bytes));

    private static LinkCredit? ReadPriority(Wire.LinkCredit? credit) => credit is null or { PriorityMessages: 0, PriorityBytes: 0 }
        ? null
        : new LinkCredit(LinkFrames.Total(credit.PriorityMessages), LinkFrames.Total(credit.PriorityBytes));

    private static LinkLimits Read(Wire.LinkLimits? limits) =>
        limits is null ? LinkLimits.None : new LinkLimits(Limit(limits.MessageBytes), Limit(limits.Envelopes), Limit(limits.TableEntries));

    private static int Limit(uint value) => value is 0 or > int.MaxValue ? int.MaxValue : (int)value;

    private static Wire.LinkCredit Write(LinkCredit credit, LinkCredit? priority) => new()
    {
        Messages = (ulong)credit.Messages,
        Bytes = (ulong)credit.Bytes,
        PriorityMessages = (ulong)(priority?.Messages ?? 0),
        PriorityBytes = (ulong)(priority?.Bytes ?? 0),
    };

    private static Wire.LinkLimits? Write(LinkLimits limits) => limits == LinkLimits.None ? null : new()
    {
        MessageBytes = Said(limits.MessageBytes),
        Envelopes = Said(limits.Envelopes),
        TableEntries = Said(limits.TableEntries),
    };

    private static uint Said(int limit) => limit == int.MaxValue ? 0 : (uint)limit;

    private static RpcException Refusal(string detail) => CallFailure.Of(StatusCode.InvalidArgument, detail);
}
