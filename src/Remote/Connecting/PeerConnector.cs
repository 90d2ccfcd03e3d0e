using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>Dials peers and shakes hands with them.</summary>
/// <param name="context">The node.</param>
/// <param name="channels">How peers are dialled.</param>
/// <param name="blockList">Who is blocked, as peers are told.</param>
/// <param name="names">Finds the addresses of names, by who named them; those of the process if left out.</param>
internal sealed class PeerConnector(
    NodeContext context, ChannelSettings channels, PeerBlockList blockList, Func<DialOrigin, NameResolution>? names = null)
{
    /// <summary>Dials, and waits until the peer has accepted. The stream carries a link if one is offered.</summary>
    /// <param name="address">Of the peer.</param>
    /// <param name="origin">Who named it.</param>
    /// <param name="offer">The link.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="RpcException">The peer cannot be reached, or refused with a status.</exception>
    /// <exception cref="RemoteException">It answered something else than a ConnectResponse, not in time, or blocked us.</exception>
    public async Task<EndpointConnection> DialAsync(string address, DialOrigin origin, LinkOffer? offer, CancellationToken cancellationToken)
    {
        var channel = new PeerChannel(address, channels with { Names = (names ?? NameResolution.For)(origin) });
        DialledCall? call = null;
        try
        {
            string[] own = context.Options.PlainPeers.Contains(address) ? [] : offer is null ? CapabilityNames.WithoutLink : CapabilityNames.All;
            var request = Handshake.Request(context.ActorSystem.Id, context.IsClient ? null : context.Address, own, offer, blockList.Shared);
            call = channel.Receive();

            // Longer than the time to connect, which the channel watches itself: the peer's web server may take connections and no more.
            await WithinAsync(
                context.Options.ConnectTimeout + context.Options.HandshakeTimeout, address, () => $"could not be connected to ({channel.Step})",
                token => SendAsync(call, request, token), cancellationToken).ConfigureAwait(false);
            var response = await WithinAsync(
                context.Options.HandshakeTimeout, address, static () => "did not answer the handshake",
                token => ReadAnswerAsync(address, call, token), cancellationToken).ConfigureAwait(false);
            SystemIdClaim.ThrowIfFalse(channel.RemoteCertificate, response.MemberId);
            var capabilities = CapabilityNames.Read(response.Capabilities, own);
            var peer = new PeerIdentity(response.MemberId, address, IsClient: false) { Capabilities = capabilities };
            return new EndpointConnection(channel, call, peer, Handshake.ReadAnswer(response, address, own));
        }
        catch
        {
            call?.Abort();
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Does something for so long at the most.</summary>
    /// <exception cref="RemoteException"><see cref="RemoteError.Timeout"/>: the time is over.</exception>
    private async Task<T> WithinAsync<T>(
        TimeSpan limit, string address, Func<string> what, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, context.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await act(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RemoteException(RemoteError.Timeout, $"{address} {what()} within {limit}.") { Address = address };
        }
    }

    /// <summary>A write that fails says only that it did; why, the reader knows.</summary>
    private static async Task<bool> SendAsync(DialledCall call, byte[] request, CancellationToken cancellationToken)
    {
        try
        {
            await call.WriteAsync(request, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private static async Task<Wire.ConnectResponse> ReadAnswerAsync(string address, DialledCall call, CancellationToken cancellationToken)
    {
        if (!await call.Reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // A Proto.Actor .NET acceptor does this when it finds itself on this node's block list.
            throw new RemoteException(RemoteError.ProtocolViolation, $"{address} ended the stream without answering the handshake.") { Address = address };
        }

        var response = Handshake.ReadResponse(RemoteFrame.ParseHandshake(call.Reader.Message.Span), address);
        return !response.Blocked
            ? response
            : throw new RemoteException(RemoteError.Blocked, $"{address} has this node on its block list.") { Address = address, SystemId = response.MemberId };
    }
}
