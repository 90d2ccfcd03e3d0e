using System.Net;
using Remote.Transport;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Dials peers and shakes hands with them.</summary>
/// <param name="context">The node.</param>
/// <param name="connect">Opens connections instead of sockets; <see langword="null"/> for sockets.</param>
/// <param name="dialects">How peers write their targets.</param>
/// <param name="blockList">What is shared of it goes out with each handshake.</param>
internal sealed class PeerConnector(
    NodeContext context, Func<EndPoint, CancellationToken, ValueTask<Stream>>? connect, PeerDialects dialects, BlockList blockList)
{
    /// <summary>Dials, and waits until the peer has accepted.</summary>
    /// <param name="address">The peer.</param>
    /// <param name="offer">The link that the stream shall carry; <see langword="null"/> for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="GrpcException">The peer cannot be reached, or refused with a status.</exception>
    /// <exception cref="RemoteException">It answered something else than a ConnectResponse, not in time, or blocked us.</exception>
    public async Task<EndpointConnection> DialAsync(string address, LinkOffer? offer, CancellationToken cancellationToken)
    {
        var client = new GrpcClient(address, ClientOptions());
        GrpcDuplexCall? call = null;
        try
        {
            // Not the time to connect, which the client watches itself: the peer's web server may take connections and no more.
            call = await WithinAsync(
                context.Options.ConnectTimeout + context.Options.HandshakeTimeout,
                address,
                "could not be connected to",
                token => client.DuplexAsync(RemoteService.Receive, cancellationToken: token).AsTask(),
                cancellationToken).ConfigureAwait(false);
            var own = Announced(address, offer);
            var response = await WithinAsync(
                context.Options.HandshakeTimeout,
                address,
                "did not answer the handshake",
                token => ShakeHandsAsync(address, own, offer, call, token),
                cancellationToken).ConfigureAwait(false);
            var dialect = dialects.WritesPids(address, response.MemberId);
            var answer = Handshake.ReadAnswer(response, address, own);
            return new EndpointConnection(
                client, call, response.MemberId, Translate(address, dialect), CapabilityNames.Read(response.Capabilities, own), answer);
        }
        catch
        {
            call?.Abort();
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Does something for so long at the most.</summary>
    /// <exception cref="RemoteException"><see cref="RemoteError.Timeout"/>: the time is over.</exception>
    private async Task<T> WithinAsync<T>(
        TimeSpan limit, string address, string what, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, context.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await act(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteException(RemoteError.Timeout, $"{address} {what} within {limit}.") { Address = address };
        }
    }

    private string[] Announced(string address, LinkOffer? offer) =>
        context.Options.PlainPeers.Contains(address) ? [] : offer is null ? CapabilityNames.WithoutLink : CapabilityNames.All;

    private async Task<Wire.ConnectResponse> ShakeHandsAsync(
        string address, string[] own, LinkOffer? offer, GrpcDuplexCall call, CancellationToken cancellationToken)
    {
        var request = Handshake.Request(context.ActorSystem.Id, context.Options.ClientOnly ? null : context.Address, own, offer, blockList.Shared);
        await call.WriteAsync(request, cancellationToken).ConfigureAwait(false);
        if (!await call.Reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // What a Proto.Actor .NET acceptor does that this node has blocked.
            throw new RemoteException(RemoteError.ProtocolViolation, $"{address} ended the stream without answering the handshake.") { Address = address };
        }

        var response = Handshake.ReadResponse(RemoteFrame.Parse(call.Reader.Message), address);
        return !response.Blocked
            ? response
            : throw new RemoteException(RemoteError.Blocked, $"{address} has this node on its block list.") { Address = address, SystemId = response.MemberId };
    }

    private OutboundTranslation Translate(string address, bool pidTargets) =>
        context.Options.ClientOnly
            ? OutboundTranslation.FromClient(context.ActorSystem.Id, address, pidTargets)
            : OutboundTranslation.FromServer(context.Address, address, pidTargets);

    private GrpcClientOptions ClientOptions() => new()
    {
        MaxReceiveMessageBytes = context.Options.MaxMessageBytes,
        ConnectTimeout = context.Options.ConnectTimeout,
        ConnectCallback = connect,
        TimeProvider = context.Time,
    };
}
