using Proto;

namespace Remote;

/// <summary>Makes the endpoints of a node, one per peer, resolves PIDs to them, and carries out the requests of users about them.</summary>
/// <remarks>Thread-safe. There is no global lock: an endpoint's own mailbox decides which thread dials.</remarks>
internal sealed class EndpointManager(
    NodeContext context, EndpointTable table, EndpointDiallers diallers, InboundLinks links, PeerBlockList blockList)
{
    /// <summary>The endpoint of an address, made if need be; <see langword="null"/> when there can be none.</summary>
    /// <param name="address">The address.</param>
    /// <param name="origin">Where it came from.</param>
    /// <param name="refusal">Why there is none.</param>
    public Endpoint? Find(string address, DialOrigin origin, out DeadLetterReason refusal)
    {
        refusal = DeadLetterReason.NoSuchProcess;
        return ClientAddress.IsClient(address) ? FindOrRefuse(address) : GetOrAdd(address, origin, out refusal);
    }

    /// <summary>A message to an address that has no endpoint is a dead letter.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="address">The address.</param>
    /// <param name="refusal">As <see cref="Find"/> said.</param>
    /// <returns>Why.</returns>
    public RemoteException Refuse(in RemoteDelivery delivery, string address, DeadLetterReason refusal)
    {
        var why = NoEndpoint(address, refusal);
        if (delivery.Message is Watch watch && diallers.IsStopping)
        {
            // It is this node that has gone; nothing is known of the other one.
            context.Tell(watch.Watcher, Terminated.From(delivery.Target, TerminatedReason.AddressTerminated));
        }
        else
        {
            context.DeadLetters.PublishHere(delivery, diallers.IsStopping ? DeadLetterReason.Shutdown : refusal, why.Message);
        }

        return why;
    }

    public async Task ConnectAsync(string address, CancellationToken cancellationToken)
    {
        if (context.IsOwnAddress(address))
        {
            return;
        }

        var refusal = DeadLetterReason.NoSuchProcess;
        var endpoint = (ClientAddress.IsClient(address) ? table.Find(address) : GetOrAdd(address, DialOrigin.Program, out refusal))
            ?? throw NoEndpoint(address, refusal);
        endpoint.Start();
        await SettleAsync(endpoint, cancellationToken).ConfigureAwait(false);
    }

    public async Task ReconnectAsync(string address, CancellationToken cancellationToken)
    {
        if (table.Find(address) is not { } endpoint || diallers.Find(endpoint) is not { } dialler)
        {
            return;
        }

        var lost = endpoint.WhenLeftAsync(EndpointState.Connected);
        dialler.RequestReconnect();
        await lost.WaitAsync(cancellationToken).ConfigureAwait(false);
        await SettleAsync(endpoint, cancellationToken).ConfigureAwait(false);
    }

    public async Task DisconnectAsync(string address)
    {
        if (table.Find(address) is { } endpoint && diallers.Find(endpoint) is { } dialler)
        {
            dialler.RequestStop(EndpointTerminatedReason.Disconnected);
            await dialler.Ended.ConfigureAwait(false);
        }
    }

    /// <summary>A peer that is not blocked speaks for its address.</summary>
    public void Heard(PeerIdentity peer) => table.Find(peer.Address)?.Heard(peer.SystemId);

    /// <summary>An entry was made: every endpoint that it covers is cut.</summary>
    public void Cut(BlockEntry entry)
    {
        foreach (var endpoint in table.CoveredBy(entry))
        {
            diallers.Find(endpoint)?.RequestCut();
        }
    }

    /// <summary>Drains the lanes and leaves each peer. No new endpoint begins.</summary>
    public Task StopAsync() => diallers.StopAsync();

    public static RemoteException NotRunning(string node, string address) =>
        new(RemoteError.NotRunning, $"The node {node} has shut down, or is about to; nothing goes to {address} any more.") { Address = address };

    private static async Task SettleAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var current = endpoint;
        while (await current.WhenSettledAsync().WaitAsync(cancellationToken).ConfigureAwait(false) != EndpointState.Connected)
        {
            // Merged into another endpoint, whose state it is then that counts.
            current = current.MovedTo ?? throw new RemoteException(
                current.ClosedBecause == EndpointTerminatedReason.Blocked ? RemoteError.Blocked : RemoteError.Unreachable,
                $"There is no connection to {endpoint.Address}: {(endpoint.Snapshot().LastError ?? "its endpoint is closed").TrimEnd('.')}.")
            {
                Address = endpoint.Address,
            };
        }
    }

    /// <summary>The endpoint of a client, also of one that is blocked and has none.</summary>
    private Endpoint? FindOrRefuse(string address) => Refusing(address) ?? table.Find(address);

    /// <summary>The endpoint of a peer with a listener; <see langword="null"/> when it cannot have one.</summary>
    private Endpoint? GetOrAdd(string address, DialOrigin origin, out DeadLetterReason refusal)
    {
        refusal = DeadLetterReason.NoSuchProcess;
        while (true)
        {
            if ((Refusing(address) ?? table.FindOrClear(address)) is { } existing)
            {
                if (origin == DialOrigin.Program)
                {
                    // Whoever named it first: from now on the application does.
                    existing.Origin = origin;
                }

                return existing;
            }

            if (diallers.IsStopping || !IsDiallable(address, origin, ref refusal))
            {
                return null;
            }

            if (!DialPolicy.Allows(context, address, origin))
            {
                refusal = DeadLetterReason.Forbidden;
                return null;
            }

            // A peer that is declared plain sees nothing of links.
            var resumes = context.Options.Link.Resume && !context.Options.PlainPeers.Contains(address);
            table.TryAdd(new Endpoint(context, links, table.Record(address, origin), diallers.Start, resumes)
            {
                Origin = origin,
                FindNext = FindNext,
            });
        }
    }

    /// <summary>The endpoint that follows one which was retired.</summary>
    private Endpoint? FindNext(Endpoint retired, out DeadLetterReason refusal)
    {
        var next = GetOrAdd(retired.Address, retired.Origin, out refusal);
        if (diallers.IsStopping)
        {
            refusal = DeadLetterReason.Shutdown;
        }

        return next;
    }

    private bool IsDiallable(string address, DialOrigin origin, ref DeadLetterReason refusal)
    {
        if (AddressFault.Of(address) is { } fault)
        {
            RemoteLog.AddressRefused(context.Log, UnixPath.Show(address), fault);
            refusal = DeadLetterReason.InvalidAddress;
            return false;
        }

        if (table.HasRoom(origin))
        {
            return true;
        }

        context.Refusals.Count(Limit.Endpoints, context.Log, address);
        RemoteLog.TooManyEndpoints(context.Log, address, context.Options.MaxEndpoints);
        return false;
    }

    /// <summary>
    /// An endpoint that refuses everything, if the address is blocked; <see langword="null"/> when there is no room for it. One that is
    /// still open is about to be cut.
    /// </summary>
    private Endpoint? Refusing(string address)
    {
        var isBlocked = blockList.FindTarget(address) is not null;
        while (isBlocked)
        {
            if (table.FindExact(address) is { } existing)
            {
                // One that was retired would look for its successor here, and find itself.
                if (!existing.IsRetired && (existing.IsBlockedHere || (existing.State != EndpointState.Closed && existing.MovedTo is null)))
                {
                    return existing;
                }

                table.Remove(existing);
                existing.ForgetProcess();
            }
            else if (!table.HasRoom(DialOrigin.Program))
            {
                return null;
            }

            var refusing = new Endpoint(context, links, table.Record(address), start: null, resumes: false)
            {
                PeerSystemId = ClientAddress.IsClient(address) ? address[ClientAddress.Prefix.Length..] : null,
            };
            refusing.RefuseFromStart();
            if (table.TryAdd(refusing))
            {
                return refusing;
            }
        }

        return null;
    }

    private RemoteException NoEndpoint(string address, DeadLetterReason refusal)
    {
        if (diallers.IsStopping)
        {
            return NotRunning(context.Address, address);
        }

        var why = ClientAddress.IsClient(address) ? "no such node is connected, and nobody can dial it"
            : AddressFault.Of(address) is { } fault ? $"it {fault}"
            : refusal == DeadLetterReason.Forbidden ? "RemoteOptions.Hooks.AllowDial does not let it be dialled"
            : $"this node knows {table.Count} addresses, as many as RemoteOptions.MaxEndpoints allows";
        return new RemoteException(RemoteError.InvalidAddress, $"There can be no connection to '{UnixPath.Show(address)}': {why}.") { Address = address };
    }
}
