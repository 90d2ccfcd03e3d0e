using System.Collections.Concurrent;
using Remote.Transport;

namespace Remote;

/// <summary>The streams of peers that were accepted and have not ended. Thread-safe.</summary>
internal sealed class InboundStreams(NodeContext context, InboundLinks links)
{
    // A connection that was reset is read to its end within moments; one that is dead unnoticed must not keep its peer out.
    private static readonly TimeSpan FormerStreamAtMost = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<InboundStream, bool> _streams = new();
    private volatile bool _stopping;

    public int Count => _streams.Count;

    /// <summary>Whether this node leaves, and takes in no more streams.</summary>
    public bool IsStopping => _stopping;

    /// <exception cref="GrpcException">UNAVAILABLE: this node leaves.</exception>
    public void ThrowIfStopping()
    {
        if (_stopping)
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, "This node is shutting down.");
        }
    }

    /// <summary>Takes a stream in and answers its handshake; refuses it when this node began to leave while the handshake waited.</summary>
    /// <param name="inbound">The stream; it must be <see cref="Remove"/>d later.</param>
    /// <param name="answer">What is said of its link.</param>
    /// <exception cref="GrpcException">UNAVAILABLE: this node leaves.</exception>
    public async Task AcceptAsync(InboundStream inbound, LinkAnswer? answer = null)
    {
        // In this order: either the node that leaves finds the stream, or the stream finds that this node leaves.
        _streams[inbound] = true;
        ThrowIfStopping();
        var own = CapabilityNames.AnnouncedWith(context.Options.Link);
        await inbound.Stream.WriteAsync(Handshake.Response(context.ActorSystem.Id, inbound.Peer, own, answer)).ConfigureAwait(false);
    }

    public void Remove(InboundStream inbound) => _streams.TryRemove(inbound, out _);

    /// <summary>Completes when this node leaves; at once when it began to before the stream was known.</summary>
    public Task LeavingAsync(InboundStream inbound) => _stopping ? Task.CompletedTask : inbound.Leaving;

    /// <summary>A former life of a peer has ended: nothing more of it is delivered.</summary>
    public void Abort(string systemId)
    {
        links.EndAll(systemId);
        foreach (var inbound in Of(systemId))
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
        var former = Of(inbound.Peer.SystemId).Where(other => other.DialledAddress == inbound.DialledAddress);
        var ended = Task.WhenAll(former.Select(other => other.Ended));
        if (!ended.IsCompleted)
        {
            using var enough = new CancellationTokenSource();
            await Task.WhenAny(ended, Task.Delay(FormerStreamAtMost, context.Time, enough.Token)).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Asks every peer to leave and waits until they have, or until the token is cancelled.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        return Task.WhenAll(_streams.Keys.Select(inbound => DismissAsync(inbound, cancellationToken)));
    }

    private static async Task DismissAsync(InboundStream inbound, CancellationToken cancellationToken)
    {
        inbound.Leave();
        await inbound.Ended.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!inbound.Ended.IsCompleted)
        {
            // Only then: a stream that was read to its end is about to be ended with a status, which a reset would overtake.
            inbound.Abort();
        }
    }

    private IEnumerable<InboundStream> Of(string systemId) => _streams.Keys.Where(inbound => inbound.Peer.SystemId == systemId);
}
