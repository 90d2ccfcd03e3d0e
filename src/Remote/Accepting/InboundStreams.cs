using System.Collections.Concurrent;
using Grpc.Core;

namespace Remote;

/// <summary>The streams of peers that were accepted and have not ended. Thread-safe.</summary>
internal sealed class InboundStreams(NodeContext context, InboundLinks links)
{
    // A connection that was reset is read to its end within moments; one that is dead unnoticed must not keep its peer out.
    private static readonly TimeSpan FormerStreamAtMost = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<InboundStream, bool> _streams = new();
    private volatile bool _stopping;
    private int _admitted;

    /// <summary>A stream was taken in. Handlers return at once.</summary>
    public event Action<InboundStream>? Accepted;

    public int Count => _streams.Count;

    /// <summary>All of them, as they are now.</summary>
    public IReadOnlyList<InboundStream> All => [.. _streams.Keys];
    /// <summary>Streams that have a place, also those whose handshake is not answered yet.</summary>
    public int Admitted => Volatile.Read(ref _admitted);

    /// <summary>Whether this node leaves, and takes in no more streams.</summary>
    public bool IsStopping => _stopping;

    /// <exception cref="RpcException">UNAVAILABLE: this node leaves.</exception>
    public void ThrowIfStopping()
    {
        if (_stopping)
        {
            throw CallFailure.Of(StatusCode.Unavailable, "This node is shutting down.");
        }
    }

    /// <summary>Gives a stream one of the places that there are; it is free again when the result is disposed of.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: there is none.</exception>
    public Place Enter(PeerIdentity peer)
    {
        if (Interlocked.Increment(ref _admitted) <= context.Options.Inbound.MaxPeers)
        {
            return new Place(this);
        }

        Interlocked.Decrement(ref _admitted);
        context.Refusals.Count(Limit.Peers, context.Log, peer.Address);
        throw CallFailure.Of(StatusCode.ResourceExhausted, $"This node serves {context.Options.Inbound.MaxPeers} peers, and no more (Inbound.MaxPeers).");
    }

    /// <summary>
    /// Takes a stream in and answers its handshake; refuses it when this node began to leave while the handshake waited. It must be
    /// <see cref="Remove"/>d later.
    /// </summary>
    /// <exception cref="RpcException">UNAVAILABLE: this node leaves.</exception>
    public Task AcceptAsync(InboundStream inbound) => AnswerAsync(inbound, links.AnswerTo(inbound));

    /// <summary>
    /// Answers a handshake like <see cref="AcceptAsync"/>, but that the link is not known here, if there is one. Nothing follows on the stream.
    /// </summary>
    public Task AnswerUnknownAsync(InboundStream inbound) => AnswerAsync(inbound, links.Unknown());

    public void Remove(InboundStream inbound) => _streams.TryRemove(inbound, out _);

    /// <summary>A former life of a peer has ended, which another one follows at its address: nothing more of it is delivered.</summary>
    /// <param name="systemId">What answered there before.</param>
    /// <param name="endpoint">The endpoint that was answered; others that say the same id are another matter.</param>
    public void Abort(string systemId, Endpoint endpoint)
    {
        links.EndAll(systemId, endpoint.KnowsLifeAt);
        foreach (var inbound in Of(systemId).Where(inbound => endpoint.KnowsLifeAt(inbound.Peer.Address)))
        {
            inbound.Abort();
        }
    }

    /// <summary>Completes when the present streams of a peer have ended, so that all they carried has been delivered.</summary>
    public Task WhenEndedAsync(string systemId) => Task.WhenAll(Of(systemId).Select(inbound => inbound.Ended));

    /// <summary>
    /// A peer that comes again has lost its former stream, and the messages on that one, which are older, are still being read. Waits for
    /// its end, but not long and without ending it, for any peer can claim to be that one.
    /// </summary>
    public async Task WhenFormerEndedAsync(InboundStream inbound)
    {
        var former = Of(inbound.Peer.SystemId)
            .Where(other => other.DialledAddress == inbound.DialledAddress && other.Peer.Address == inbound.Peer.Address);
        var ended = Task.WhenAll(former.Select(other => other.Ended));
        await ended.WaitAsync(FormerStreamAtMost, context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Asks every peer to leave and waits until they have, or until the token is cancelled.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        return Task.WhenAll(_streams.Keys.Select(inbound => DismissAsync(inbound, cancellationToken)));
    }

    private async Task AnswerAsync(InboundStream inbound, LinkAnswer? answer)
    {
        // In this order: either the node that leaves finds the stream, or the stream finds that this node leaves.
        _streams[inbound] = true;
        ThrowIfStopping();
        var own = CapabilityNames.AnnouncedWith(context.Options.Link);
        await inbound.Stream.WriteAsync(Handshake.Response(context.ActorSystem.Id, inbound.Peer, own, answer)).ConfigureAwait(false);
        Accepted?.Invoke(inbound);
    }

    private static async Task DismissAsync(InboundStream inbound, CancellationToken cancellationToken)
    {
        inbound.Leave(EndpointTerminatedReason.Shutdown);
        await inbound.Ended.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!inbound.Ended.IsCompleted)
        {
            // Only then: a stream that was read to its end is about to be ended with a status, which a reset would overtake.
            inbound.Abort();
        }
    }

    /// <summary>The place of one stream.</summary>
    internal readonly struct Place(InboundStreams streams) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref streams._admitted);
    }

    private IEnumerable<InboundStream> Of(string systemId) => _streams.Keys.Where(inbound => inbound.Peer.SystemId == systemId);
}
