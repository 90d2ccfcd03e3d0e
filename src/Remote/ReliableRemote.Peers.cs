using Proto;

namespace Remote;

/// <summary>What this node knows of its peers, and does with them.</summary>
public partial class ReliableRemote
{
    /// <summary>Spawns an actor on another node under a name that the node picks.</summary>
    /// <param name="address">The node.</param>
    /// <param name="kind">A kind that is registered there.</param>
    /// <param name="cancellationToken">
    /// Ends the wait; the default limit of <see cref="RemoteOptions.RequestTimeout"/> applies as well.
    /// </param>
    /// <returns>The PID of the new actor.</returns>
    /// <exception cref="RemoteException">
    /// <see cref="RemoteError.SpawnFailed"/>, <see cref="RemoteError.Unreachable"/> or <see cref="RemoteError.Timeout"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<PID> SpawnAsync(string address, string kind, CancellationToken cancellationToken = default) =>
        SpawnCoreAsync(address, "", kind, cancellationToken);

    /// <summary>Spawns an actor on another node under a name of your choice.</summary>
    /// <param name="address">The node.</param>
    /// <param name="name">The id of the actor there.</param>
    /// <param name="kind">A kind that is registered there.</param>
    /// <param name="cancellationToken">
    /// Ends the wait; the default limit of <see cref="RemoteOptions.RequestTimeout"/> applies as well.
    /// </param>
    /// <returns>The PID of the new actor.</returns>
    /// <exception cref="RemoteException">
    /// As for <see cref="SpawnAsync"/>; or <see cref="RemoteError.NameExists"/>, with the PID that has the name in
    /// <see cref="RemoteException.Pid"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<PID> SpawnNamedAsync(string address, string name, string kind, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return SpawnCoreAsync(address, name, kind, cancellationToken);
    }

    /// <summary>The state of the way to a peer. <see cref="EndpointState.Idle"/> when nothing was sent there yet.</summary>
    /// <param name="address">The peer's address.</param>
    public EndpointState GetEndpointState(string address) => PartsFor(ref address)?.Table.Find(address)?.State ?? EndpointState.Idle;

    /// <summary>Connects to a peer, if that is not done yet, and waits until it stands. Without this the first message connects.</summary>
    /// <param name="address">The peer's address.</param>
    /// <param name="cancellationToken">Ends the wait, not the attempts.</param>
    /// <exception cref="RemoteException">
    /// <see cref="RemoteError.Unreachable"/> when the endpoint closed instead, <see cref="RemoteError.InvalidAddress"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task WaitForConnectionAsync(string address, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        return ConnectAsync(PeerAddress.Canonical(address), cancellationToken);
    }

    /// <summary>
    /// Drops the connection to a peer, or cuts the wait for the next attempt short, and dials at once with a fresh schedule. Queued
    /// messages stay.
    /// </summary>
    /// <param name="address">The peer's address. Nothing happens when it has no endpoint.</param>
    /// <param name="cancellationToken">Ends the wait for the new connection, not the attempts.</param>
    /// <exception cref="RemoteException">As for <see cref="WaitForConnectionAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task ReconnectAsync(string address, CancellationToken cancellationToken = default) =>
        PartsFor(ref address)?.Endpoints.ReconnectAsync(address, cancellationToken) ?? Task.CompletedTask;

    /// <summary>
    /// Leaves a peer in good order: writes queued messages, says goodbye and closes the endpoint. The next message starts a new one.
    /// </summary>
    /// <param name="address">
    /// The peer's address, also that of a node without a listener (<c>$client/id</c>), which may dial again. Nothing happens when it has no
    /// endpoint.
    /// </param>
    public Task DisconnectAsync(string address) => PartsFor(ref address)?.DisconnectAsync(address) ?? Task.CompletedTask;

    /// <summary>The statistics of the way to a peer.</summary>
    /// <param name="address">The peer's address.</param>
    /// <returns><see langword="null"/> when nothing was ever sent there, or its endpoint closed more than ten minutes ago.</returns>
    public EndpointStatistics? GetEndpointStatistics(string address) => PartsFor(ref address)?.Table.Snapshot(address);

    /// <summary>The statistics of all endpoints, those closed in the last ten minutes included.</summary>
    public IReadOnlyList<EndpointStatistics> GetEndpoints() => _life.Parts?.Table.Snapshot() ?? [];

    /// <summary>What this node did not allow so far: peers, and operations of peers.</summary>
    public AccessStatistics GetAccessStatistics() => _life.Gate.Counters.Snapshot();

    /// <summary>What this node holds for its peers, and what its limits have refused since it was made.</summary>
    public LimitStatistics GetLimitStatistics() => new()
    {
        Connections = _life.Connections,
        Peers = _life.Parts?.Streams.Admitted ?? 0,
        Links = _life.Parts?.Links.Count ?? 0,
        Endpoints = _life.Parts?.Table.Count ?? 0,
        Refused = _settings.Refusals.Snapshot(),
    };

    private NodeParts? PartsFor(ref string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        address = PeerAddress.Canonical(address);
        return _life.Parts;
    }

    /// <summary>Waits for the start of the node too: a part of the application may be up before its listener is.</summary>
    private async Task ConnectAsync(string address, CancellationToken cancellationToken)
    {
        var parts = await _life.Ready.WaitAsync(cancellationToken).ConfigureAwait(false) ?? throw NotRunning(address);
        await parts.Endpoints.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
    }

    private async Task<PID> SpawnCoreAsync(string address, string name, string kind, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        ArgumentException.ThrowIfNullOrEmpty(kind);
        var parts = _life.Parts ?? throw NotRunning(address);
        return await parts.Activator.SpawnAsync(PeerAddress.Canonical(address), name, kind, cancellationToken).ConfigureAwait(false);
    }

    internal static RemoteException NotStarted(string address) =>
        new(RemoteError.NotRunning, $"This node has not started: await system.Remote().StartAsync() before anything is sent to {address}.") { Address = address };

    private RemoteException NotRunning(string address) => _life.IsOver ? EndpointManager.NotRunning(System.Id, address) : NotStarted(address);
}
