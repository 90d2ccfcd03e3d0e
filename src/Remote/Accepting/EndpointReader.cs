using System.Collections.Concurrent;
using Remote.Transport;

namespace Remote;

/// <summary>Accepts streams of peers: handshake, then payload, then the end. One per node.</summary>
internal sealed partial class EndpointReader(RemoteNode node)
{
    private readonly ConcurrentDictionary<InboundStream, bool> _streams = new();
    private volatile bool _stopping;

    // A connection that was reset is read to its end within moments; one that is dead unnoticed must not keep its peer out.
    private static readonly TimeSpan FormerStreamAtMost = TimeSpan.FromSeconds(1);

    private string[] Own => node.Options.Link.Resume ? CapabilityNames.All : CapabilityNames.WithoutLink;

    public int StreamCount => _streams.Count;

    /// <summary>Serves one call of <c>/remote.Remoting/Receive</c> from its first message to its end.</summary>
    public async Task ReceiveAsync(GrpcServerStream stream)
    {
        // 1. The first message, in time.
        var peer = await ReadHandshakeAsync(stream).ConfigureAwait(false);
        ThrowIfStopping();
        if (peer.SystemId == node.ActorSystem.Id)
        {
            // Our own dialler learns it from the answer and reports the fault; nothing may flow in a circle.
            RemoteLog.OwnHandshake(node.Log, peer.Address);
        }

        // 2. The answer, and payload both ways for a client, one way for a server.
        var inbound = new InboundStream(stream, peer);
        if (!await node.Blockade.TryEnterAsync(inbound).ConfigureAwait(false))
        {
            return;
        }

        stream.ConfirmConnection();
        try
        {
            if (!peer.IsClient)
            {
                await node.Incarnations.AdmitAsync(peer).ConfigureAwait(false);
                node.BlockList.Advise(peer);
            }

            await (peer.IsClient ? ServeClientAsync(inbound) : ServeServerAsync(inbound)).ConfigureAwait(false);
        }
        catch (MalformedFrameException exception)
        {
            RemoteLog.ProtocolViolation(node.Log, peer.Address, exception.Message);
            throw new GrpcException(GrpcStatusCode.InvalidArgument, exception.Message, exception);
        }
        catch (CreditExceededException exception)
        {
            RemoteLog.ProtocolViolation(node.Log, peer.Address, exception.Message);
            throw new GrpcException(GrpcStatusCode.ResourceExhausted, exception.Message, exception);
        }
        finally
        {
            // 3. The end.
            _streams.TryRemove(inbound, out _);
            node.Blockade.Leave(inbound);
            inbound.Ended.TrySetResult();
        }
    }

    /// <summary>A former life of a peer has ended: nothing more of it is delivered.</summary>
    public void Abort(string systemId)
    {
        node.Links.EndAll(systemId);
        foreach (var inbound in _streams.Keys)
        {
            if (inbound.Peer.SystemId == systemId)
            {
                inbound.Stream.Abort();
            }
        }
    }

    /// <summary>Completes when the present streams of a peer have ended, so that all they carried has been delivered.</summary>
    public Task WhenEndedAsync(string systemId) =>
        Task.WhenAll(_streams.Keys.Where(inbound => inbound.Peer.SystemId == systemId).Select(inbound => inbound.Ended.Task));

    /// <summary>Asks every peer to leave and waits until they have, or until the token is cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        var streams = _streams.Keys.ToArray();
        await Task.WhenAll(streams.Select(stream => DismissAsync(stream, cancellationToken))).ConfigureAwait(false);
        node.Clients.EndAll(EndpointTerminatedReason.Shutdown);
    }

    private static async Task DismissAsync(InboundStream inbound, CancellationToken cancellationToken)
    {
        inbound.Leaving.TrySetResult();
        await inbound.Ended.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!inbound.Ended.Task.IsCompleted)
        {
            // A stream that was read to its end is not reset: it is about to be ended with a status, which a reset would overtake.
            inbound.Stream.Abort();
        }
    }

    private async Task<PeerIdentity> ReadHandshakeAsync(GrpcServerStream stream)
    {
        using var deadline = new CancellationTokenSource(node.Options.HandshakeTimeout, node.Time);
        try
        {
            if (!await stream.Reader.ReadAsync(deadline.Token).ConfigureAwait(false))
            {
                throw new GrpcException(GrpcStatusCode.FailedPrecondition, "The stream ended before a ConnectRequest.");
            }

            return Handshake.ReadRequest(RemoteFrame.Parse(stream.Reader.Message), Own);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new GrpcException(GrpcStatusCode.DeadlineExceeded, $"No ConnectRequest came within {node.Options.HandshakeTimeout}.");
        }
        catch (MalformedFrameException exception)
        {
            throw new GrpcException(GrpcStatusCode.InvalidArgument, exception.Message, exception);
        }
    }

    private async Task ServeServerAsync(InboundStream inbound)
    {
        var peer = inbound.Peer;
        if (peer.Offer is not { } offer)
        {
            node.Links.ThrowIfExhausted();
            await WhenFormerEndedAsync(inbound).ConfigureAwait(false);
            await AcceptAsync(inbound).ConfigureAwait(false);
            await ReceiveAsync(inbound, inflow: null).ConfigureAwait(false);
            return;
        }

        var link = await node.Links.ClaimAsync(offer, inbound).ConfigureAwait(false);
        if (link is null)
        {
            // The dialler gives up what it retained and comes back with a new link.
            await AcceptAsync(inbound, Unknown()).ConfigureAwait(false);
            return;
        }

        var inflow = InboundLinks.InflowOf(link);
        try
        {
            await AcceptAsync(inbound, AnswerOf(inflow, offer)).ConfigureAwait(false);
            await ReceiveAsync(inbound, inflow).ConfigureAwait(false);
        }
        finally
        {
            node.Links.Detach(link, inbound);
        }
    }

    /// <summary>
    /// A peer that comes again has lost its former stream, whose messages are older and may still be read. Waits for the end of that
    /// stream, but not long and without ending it, for any node can claim to be that peer.
    /// </summary>
    private async Task WhenFormerEndedAsync(InboundStream inbound)
    {
        var former = _streams.Keys.Where(other => other.Peer.SystemId == inbound.Peer.SystemId && other.DialledAddress == inbound.DialledAddress);
        var ended = Task.WhenAll(former.Select(other => other.Ended.Task));
        if (!ended.IsCompleted)
        {
            using var enough = new CancellationTokenSource();
            await Task.WhenAny(ended, Task.Delay(FormerStreamAtMost, node.Time, enough.Token)).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
        }
    }

    private LinkAnswer Unknown() => Answer(LinkStatus.Unknown, 0, default);

    private LinkAnswer AnswerOf(LinkInflow inflow, LinkOffer offer)
    {
        var known = inflow.Receiver.NextExpected > 1 || offer.Established;
        return Answer(known ? LinkStatus.Resumed : LinkStatus.New, inflow.Receiver.NextExpected, inflow.Announce());
    }

    private LinkAnswer Answer(LinkStatus status, ulong nextExpected, LinkCredit credit) => new(
        status,
        nextExpected,
        credit,
        new LinkLimits(node.Options.MaxMessageBytes, DecodeLimits.DefaultMaxEnvelopes, 3 * DecodeLimits.DefaultMaxEnvelopes),
        node.Address);

    private async Task ReceiveAsync(InboundStream inbound, LinkInflow? inflow)
    {
        using var session = new AcceptedSession(node, inbound, inflow);
        await session.RunAsync(LeavingAsync(inbound)).ConfigureAwait(false);
    }

    /// <summary>Answers the handshake and lists the stream; refuses it when this node began to leave while the handshake waited.</summary>
    private async Task AcceptAsync(InboundStream inbound, LinkAnswer? answer = null)
    {
        // In this order: either StopAsync finds the stream, or the stream finds that the node is stopping.
        _streams[inbound] = true;
        ThrowIfStopping();
        await inbound.Stream.WriteAsync(Handshake.Response(node.ActorSystem.Id, inbound.Peer, Own, answer)).ConfigureAwait(false);
    }

    private void ThrowIfStopping()
    {
        if (_stopping)
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, "This node is shutting down.");
        }
    }

    /// <summary>Completes when this node leaves; at once when it began to before the stream was known.</summary>
    private Task LeavingAsync(InboundStream inbound) => _stopping ? Task.CompletedTask : inbound.Leaving.Task;
}
