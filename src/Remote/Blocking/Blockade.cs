using System.Collections.Concurrent;

namespace Remote;

/// <summary>Enforces the block list: turns handshakes away, and cuts open streams when a peer is blocked. One per node.</summary>
/// <remarks>
/// A stream or a dial first registers its peer and then looks at the list; a block is first entered in the list and then looks for streams
/// and dials. So one of the two always sees the other.
/// </remarks>
internal sealed class Blockade(
    NodeContext context, PeerBlockList blockList, EndpointManager endpoints, InboundLinks links, ClientSessions clients)
{
    private readonly ConcurrentDictionary<InboundStream, bool> _streams = new();

    /// <summary>
    /// Lets a stream in; it must <see cref="Leave"/> later. When its peer is blocked it is told so, and <see langword="false"/> is
    /// returned: the stream has nothing more to do.
    /// </summary>
    public async ValueTask<bool> TryEnterAsync(InboundStream inbound)
    {
        _streams[inbound] = true;
        Interlocked.MemoryBarrier();
        var peer = inbound.Peer;
        if (blockList.Find(peer.SystemId, peer.Address) is not { } slot)
        {
            endpoints.Heard(peer);
            return true;
        }

        _streams.TryRemove(inbound, out _);
        slot.Refused();
        RemoteLog.BlockedPeerRefused(context.Log, peer.Address, peer.SystemId);
        await inbound.Stream.WriteAsync(Handshake.Blocked(context.ActorSystem.Id)).ConfigureAwait(false);
        return false;
    }

    /// <summary>A stream is over. Nothing is kept of its link when its peer was blocked meanwhile.</summary>
    public void Leave(InboundStream inbound)
    {
        _streams.TryRemove(inbound, out _);
        if (blockList.IsBlocked(inbound.Peer.SystemId, inbound.Peer.Address))
        {
            EndLink(inbound);
        }
    }

    /// <summary>An entry was made: no peer that it covers keeps a connection, or a link to come back to.</summary>
    public void Cut(BlockEntry entry)
    {
        Interlocked.MemoryBarrier();
        foreach (var inbound in _streams.Keys)
        {
            if (entry.Covers(inbound.Peer.SystemId, inbound.Peer.Address))
            {
                EndLink(inbound);
                inbound.Stream.Abort();
            }
        }

        if (entry.SystemId is { } systemId)
        {
            // Some links of the system may have no stream at the moment.
            links.EndAll(systemId);
        }

        clients.Cut(entry);
        endpoints.Cut(entry);
    }

    private void EndLink(InboundStream inbound)
    {
        if (inbound.Link is { } link)
        {
            links.End(link);
        }
    }
}
