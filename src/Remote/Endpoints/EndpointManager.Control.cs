namespace Remote;

/// <summary>What users and operators ask of an endpoint.</summary>
internal sealed partial class EndpointManager
{
    public async Task ConnectAsync(string address, CancellationToken cancellationToken)
    {
        if (node.IsOwnAddress(address))
        {
            return;
        }

        var endpoint = (ClientAddress.IsClient(address) ? Find(address) : GetOrAdd(address)) ?? throw NoEndpoint(address);
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

    /// <summary>Lets an endpoint find out anew who answers at its address.</summary>
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

    private static async Task SettleAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var current = endpoint;
        while (await current.WhenSettledAsync().WaitAsync(cancellationToken).ConfigureAwait(false) != EndpointState.Connected)
        {
            // Merged into another endpoint, whose state it is then that counts.
            current = current.MovedTo ?? throw new RemoteException(
                RemoteError.Unreachable, $"There is no connection to {endpoint.Address}: {endpoint.Snapshot().LastError ?? "its endpoint is closed"}.")
            {
                Address = endpoint.Address,
            };
        }
    }

    private static RemoteException NoEndpoint(string address) =>
        new(RemoteError.InvalidAddress, $"'{address}' cannot have an endpoint: it is not host:port or unix:///path, this node is stopping, or it has too many.")
        {
            Address = address,
        };
}
