using System.Collections.Concurrent;
using Remote.Transport;

namespace Remote;

/// <summary>The clients of this node: one session for each client id.</summary>
internal sealed class ClientSessions(RemoteNode node)
{
    private readonly ConcurrentDictionary<string, ClientSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>
    /// Makes the session of a client. A former one of the same id is in the way while its stream lives; one that waits gives way, for its
    /// client is here and has given up the former link.
    /// </summary>
    /// <exception cref="GrpcException">ALREADY_EXISTS, or UNAVAILABLE while a former one is being closed.</exception>
    public async ValueTask<ClientSession> OpenAsync(InboundStream stream, InboundLinkState? link)
    {
        var session = new ClientSession(node, this, stream, link);
        while (!_sessions.TryAdd(session.Address, session))
        {
            if (_sessions.TryGetValue(session.Address, out var former))
            {
                await DisplaceAsync(former).ConfigureAwait(false);
            }
        }

        if (!session.Endpoint.TryClaim() || !node.Endpoints.TryAddClient(session.Endpoint))
        {
            Remove(session);
            throw new GrpcException(GrpcStatusCode.AlreadyExists, $"The name {session.Address} is taken.");
        }

        return session;
    }

    /// <summary>A session is closed.</summary>
    public void Remove(ClientSession session) => _sessions.TryRemove(new KeyValuePair<string, ClientSession>(session.Address, session));

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
                _ = session.Endpoint.DrainAsync(RemoteDeadLetterReasons.Blocked);
                session.End(EndpointTerminatedReason.Blocked);
            }
        }
    }

    private async ValueTask DisplaceAsync(ClientSession former)
    {
        if (!former.TryDisplace())
        {
            throw new GrpcException(GrpcStatusCode.AlreadyExists, $"A client with the id of {former.Address} is connected.");
        }

        try
        {
            await former.Closed.WaitAsync(node.Options.HandshakeTimeout, node.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new GrpcException(GrpcStatusCode.Unavailable, $"The former endpoint of {former.Address} has not been closed yet.");
        }
    }
}
