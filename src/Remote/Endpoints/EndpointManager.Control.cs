namespace Remote;

/// <summary>The requests of users and operators to an endpoint.</summary>
internal sealed partial class EndpointManager
{
    /// <summary>The addresses of the peers that this node dials, or is connected to.</summary>
    public IReadOnlyList<string> Dialled => [.. _diallers.Keys.Select(endpoint => endpoint.Address)];

    public async Task ConnectAsync(string address, CancellationToken cancellationToken)
    {
        if (node.IsOwnAddress(address))
        {
            return;
        }

        var endpoint = (ClientAddress.IsClient(address) ? Find(address) : GetOrAdd(address)) ?? throw NoEndpoint(address, _endpoints.Count);
        endpoint.Start();
        await SettleAsync(endpoint, cancellationToken).ConfigureAwait(false);
    }

    public async Task ReconnectAsync(string address, CancellationToken cancellationToken)
    {
        if (Find(address) is not { } endpoint || !_diallers.TryGetValue(endpoint, out var dialler))
        {
            return;
        }

        var lost = endpoint.WhenLeftAsync(EndpointState.Connected);
        dialler.RequestReconnect();
        await lost.WaitAsync(cancellationToken).ConfigureAwait(false);
        await SettleAsync(endpoint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets an endpoint find out anew which incarnation answers at its address.</summary>
    public void Redial(Endpoint endpoint)
    {
        if (_diallers.TryGetValue(endpoint, out var dialler))
        {
            dialler.RequestReconnect();
        }
    }

    public async Task DisconnectAsync(string address)
    {
        if (Find(address) is { } endpoint && _diallers.TryGetValue(endpoint, out var dialler))
        {
            dialler.RequestStop(EndpointTerminatedReason.Disconnected);
            await dialler.Ended.ConfigureAwait(false);
        }
    }

    /// <summary>An entry was made: every endpoint that it covers is cut.</summary>
    public void Cut(BlockEntry entry)
    {
        foreach (var endpoint in _endpoints.Values)
        {
            // A merged endpoint cannot tell which address its messages were for: it is cut, and the next permitted message makes it anew.
            if (entry.Covers(endpoint.PeerSystemId, endpoint.Address) && _diallers.TryGetValue(Current(endpoint), out var dialler))
            {
                dialler.RequestCut();
            }
        }
    }

    /// <summary>The endpoint of a client, also of one that is blocked and has none.</summary>
    private Endpoint? FindOrRefuse(string address) =>
        (node.BlockList.FindTarget(address) is null ? null : Refusing(address)) ?? Find(address);

    /// <summary>
    /// An endpoint that refuses everything, for an address that is blocked; <see langword="null"/> when there is no room for it. One that
    /// is open still is about to be cut.
    /// </summary>
    private Endpoint? Refusing(string address)
    {
        while (true)
        {
            if (_endpoints.TryGetValue(address, out var existing))
            {
                if (existing.IsBlockedHere || (existing.State != EndpointState.Closed && existing.MovedTo is null))
                {
                    return existing;
                }

                _endpoints.TryRemove(new KeyValuePair<string, Endpoint>(address, existing));
            }
            else if (_endpoints.Count >= node.Options.MaxEndpoints)
            {
                return null;
            }

            var refusing = new Endpoint(node, Record(address), start: null, resumes: false)
            {
                PeerSystemId = ClientAddress.IsClient(address) ? address[ClientAddress.Prefix.Length..] : null,
            };
            refusing.RefuseFromStart();
            if (_endpoints.TryAdd(address, refusing))
            {
                return refusing;
            }
        }
    }

    private static async Task SettleAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var current = endpoint;
        while (await current.WhenSettledAsync().WaitAsync(cancellationToken).ConfigureAwait(false) != EndpointState.Connected)
        {
            // A merged endpoint has the state of the one that it was merged into.
            current = current.MovedTo ?? throw new RemoteException(
                current.ClosedBecause == EndpointTerminatedReason.Blocked ? RemoteError.Blocked : RemoteError.Unreachable,
                $"There is no connection to {endpoint.Address}: {(endpoint.Snapshot().LastError ?? "its endpoint is closed").TrimEnd('.')}.")
            {
                Address = endpoint.Address,
            };
        }
    }

    private RemoteException NoEndpoint(string address, int count)
    {
        if (_stopping)
        {
            return StoppedNodeProcess.NotRunning(node, address);
        }

        var why = ClientAddress.IsClient(address) ? "no such node is connected, and nobody can dial it"
            : !PeerAddress.IsValid(address) ? "it is neither host:port nor unix:///path"
            : $"this node knows {count} addresses, as many as RemoteOptions.MaxEndpoints allows";
        return new RemoteException(RemoteError.InvalidAddress, $"There can be no connection to '{address}': {why}.") { Address = address };
    }
}
