using System.Collections.Concurrent;
using Grpc.Core;

namespace Remote;

/// <summary>The clients of this node: one session for each client id.</summary>
internal sealed class ClientSessions(NodeContext context, EndpointTable endpoints, InboundLinks links, PeerBlockList blockList)
{
    private readonly ConcurrentDictionary<string, ClientSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>
    /// Makes the session of a client. A former one of the same id is in the way while its stream lives; one that waits gives way, for its
    /// client is here and has given up the former link.
    /// </summary>
    /// <exception cref="RpcException">ALREADY_EXISTS, or UNAVAILABLE while a former one is being closed.</exception>
    public async ValueTask<ClientSession> OpenAsync(InboundStream stream)
    {
        if (!endpoints.HasRoom(DialOrigin.Handshake))
        {
            context.Refusals.Count(Limit.Endpoints, context.Log, stream.Peer.Address);
            throw CallFailure.Of(StatusCode.ResourceExhausted, "This node has as many endpoints as MaxEndpoints leaves for nodes without a listener.");
        }

        var endpoint = new Endpoint(context, links, endpoints.Record(stream.Peer.Address, DialOrigin.Handshake), start: null, resumes: stream.Link is not null)
        {
            Origin = DialOrigin.Handshake,
        };
        var session = new ClientSession(context, this, endpoint, stream);
        while (!_sessions.TryAdd(session.Address, session))
        {
            if (_sessions.TryGetValue(session.Address, out var former))
            {
                await DisplaceAsync(former, stream).ConfigureAwait(false);
            }
        }

        if (!endpoint.TryClaim() || endpoints.FindOrClear(endpoint.Address) is not null || !endpoints.TryAdd(endpoint))
        {
            Remove(session);
            session.GiveUp();
            throw CallFailure.Of(StatusCode.AlreadyExists, $"The name {session.Address} is taken.");
        }

        return session;
    }

    public bool IsBlocked(ClientSession session) => blockList.IsBlocked(session.SystemId, session.Address);

    /// <summary>The endpoint of a session is closed: nothing is kept of the two.</summary>
    public void Closed(ClientSession session, InboundLinkState? link)
    {
        endpoints.Ended(session.Endpoint);
        if (link is not null)
        {
            links.End(link);
        }

        Remove(session);
    }

    /// <summary>Leaves a client in good order, if there is one with the address; completes when its endpoint is closed.</summary>
    public async Task DisconnectAsync(string address)
    {
        if (_sessions.TryGetValue(address, out var session))
        {
            session.Dismiss();
            await session.Closed.ConfigureAwait(false);
        }
    }

    /// <summary>Ends all sessions: those that wait at once, the others with their streams.</summary>
    public void EndAll(EndpointTerminatedReason why)
    {
        foreach (var session in _sessions.Values)
        {
            session.End(why);
        }
    }

    /// <summary>An entry was made in the block list: no client that it covers is waited for.</summary>
    public void Cut(BlockEntry entry)
    {
        foreach (var session in _sessions.Values)
        {
            if (entry.Covers(session.SystemId, session.Address))
            {
                _ = session.Endpoint.DrainAsync(DeadLetterReason.Blocked);
                session.End(EndpointTerminatedReason.Blocked);
            }
        }
    }

    private void Remove(ClientSession session) => _sessions.TryRemove(new KeyValuePair<string, ClientSession>(session.Address, session));

    private async ValueTask DisplaceAsync(ClientSession former, InboundStream by)
    {
        if (!former.TryDisplace(by))
        {
            throw CallFailure.Of(StatusCode.AlreadyExists, $"A client with the id of {former.Address} is connected.");
        }

        try
        {
            await former.Closed.WaitAsync(context.Options.HandshakeTimeout, context.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw CallFailure.Of(StatusCode.Unavailable, $"The former endpoint of {former.Address} has not been closed yet.");
        }
    }
}
