using Remote.Transport;
using Wire = Remote.Protocol;

namespace Remote;

/// <summary>One stream to a peer after its handshake: the call, its translation and the incarnation that answered.</summary>
internal sealed class EndpointConnection : IAsyncDisposable
{
    private readonly GrpcClient _client;

    private EndpointConnection(
        GrpcClient client, IGrpcStream stream, string systemId, OutboundTranslation translation, StreamCapabilities capabilities, LinkAnswer? answer)
    {
        Capabilities = capabilities;
        Answer = answer;
        _client = client;
        Stream = stream;
        PeerSystemId = systemId;
        Translation = translation.For(capabilities);
    }

    public IGrpcStream Stream { get; }

    public string PeerSystemId { get; }

    public OutboundTranslation Translation { get; }

    /// <summary>The capabilities that both sides named on this stream.</summary>
    public StreamCapabilities Capabilities { get; }

    /// <summary>The peer's answer about the link that we offered; <see langword="null"/> when none was, or it cannot resume.</summary>
    public LinkAnswer? Answer { get; }

    /// <summary>Dials, and waits until the peer has accepted.</summary>
    /// <param name="node">The node.</param>
    /// <param name="address">The peer.</param>
    /// <param name="offer">The link that the stream shall carry; <see langword="null"/> for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="GrpcException">The peer cannot be reached, or refused with a status.</exception>
    /// <exception cref="RemoteException">It answered something else than a ConnectResponse, not in time, or blocked us.</exception>
    public static async Task<EndpointConnection> DialAsync(RemoteNode node, string address, LinkOffer? offer, CancellationToken cancellationToken)
    {
        var client = new GrpcClient(address, ClientOptions(node));
        GrpcDuplexCall? call = null;
        try
        {
            // 1. A call. The client watches the time to connect itself; the peer's web server may take connections and no more.
            call = await WithinAsync(
                node,
                node.Options.ConnectTimeout + node.Options.HandshakeTimeout,
                address,
                "could not be connected to",
                token => client.DuplexAsync(RemoteService.Receive, cancellationToken: token).AsTask(),
                cancellationToken).ConfigureAwait(false);

            // 2. The handshake on it.
            var own = Announced(node, address, offer);
            var response = await WithinAsync(
                node,
                node.Options.HandshakeTimeout,
                address,
                "did not answer the handshake",
                token => ShakeHandsAsync(node, address, own, offer, call, token),
                cancellationToken).ConfigureAwait(false);

            // 3. The judgement on the answer.
            var dialect = node.Endpoints.DialectOf(address, response.MemberId);
            var answer = Handshake.ReadAnswer(response, address, own);
            return new EndpointConnection(
                client, call, response.MemberId, Translate(node, address, dialect), CapabilityNames.Read(response.Capabilities, own), answer);
        }
        catch
        {
            call?.Abort();
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Stream.Abort();
        await _client.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Runs one step of the handshake within the limit.</summary>
    /// <exception cref="RemoteException"><see cref="RemoteError.Timeout"/>: the time is over.</exception>
    private static async Task<T> WithinAsync<T>(
        RemoteNode node, TimeSpan limit, string address, string what, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, node.Time);
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

    private static string[] Announced(RemoteNode node, string address, LinkOffer? offer) =>
        node.Options.PlainPeers.Contains(address) ? [] : offer is null ? CapabilityNames.WithoutLink : CapabilityNames.All;

    private static async Task<Wire.ConnectResponse> ShakeHandsAsync(
        RemoteNode node, string address, string[] own, LinkOffer? offer, GrpcDuplexCall call, CancellationToken cancellationToken)
    {
        var request = Handshake.Request(node.ActorSystem.Id, node.Options.ClientOnly ? null : node.Address, own, offer, node.BlockList.Shared);
        await call.WriteAsync(request, cancellationToken).ConfigureAwait(false);
        if (!await call.Reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // A Proto.Actor .NET acceptor that is blocked by this node does that.
            throw new RemoteException(RemoteError.ProtocolViolation, $"{address} ended the stream without answering the handshake.") { Address = address };
        }

        var response = Handshake.ReadResponse(RemoteFrame.Parse(call.Reader.Message), address);
        return !response.Blocked
            ? response
            : throw new RemoteException(RemoteError.Blocked, $"{address} has this node on its block list.") { Address = address, SystemId = response.MemberId };
    }

    private static OutboundTranslation Translate(RemoteNode node, string address, bool pidTargets) =>
        node.Options.ClientOnly
            ? OutboundTranslation.FromClient(node.ActorSystem.Id, address, address, pidTargets)
            : OutboundTranslation.FromServer(node.Address, address, pidTargets);

    private static GrpcClientOptions ClientOptions(RemoteNode node) => new()
    {
        MaxReceiveMessageBytes = node.Options.MaxMessageBytes,
        ConnectTimeout = node.Options.ConnectTimeout,
        ConnectCallback = node.Setup.Connect,
        TimeProvider = node.Time,
    };
}
