using Remote.Actors;

namespace Remote;

/// <summary>A running remoting node. Thread-safe.</summary>
public interface IRemote
{
    /// <summary>The actors of this node.</summary>
    ActorSystem ActorSystem { get; }

    /// <summary>
    /// The address of this node for others: <c>host:port</c> with the port that was really bound, <c>unix:///path</c>, or <c>$client/id</c>
    /// for a node without a listener.
    /// </summary>
    string Address { get; }

    /// <summary>The kinds that other nodes may spawn here.</summary>
    IReadOnlyCollection<string> Kinds { get; }

    /// <summary>The peers that this node has nothing to do with: block, unblock, list.</summary>
    BlockList BlockList { get; }

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
    Task<PID> SpawnAsync(string address, string kind, CancellationToken cancellationToken = default);

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
    Task<PID> SpawnNamedAsync(string address, string name, string kind, CancellationToken cancellationToken = default);

    /// <summary>The state of the way to a peer. <see cref="EndpointState.Idle"/> when nothing was sent there yet.</summary>
    /// <param name="address">The peer's address.</param>
    EndpointState GetEndpointState(string address);

    /// <summary>Connects to a peer, if that is not done yet, and waits until it stands. Without this the first message connects.</summary>
    /// <param name="address">The peer's address.</param>
    /// <param name="cancellationToken">Ends the wait, not the attempts.</param>
    /// <exception cref="RemoteException">
    /// <see cref="RemoteError.Unreachable"/> when the endpoint closed instead, <see cref="RemoteError.InvalidAddress"/>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task WaitForConnectionAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>
    /// Drops the connection to a peer, or cuts the wait for the next attempt short, and dials at once with a fresh schedule. Queued
    /// messages stay.
    /// </summary>
    /// <param name="address">The peer's address. Nothing happens when it has no endpoint.</param>
    /// <param name="cancellationToken">Ends the wait for the new connection, not the attempts.</param>
    /// <exception cref="RemoteException">As for <see cref="WaitForConnectionAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task ReconnectAsync(string address, CancellationToken cancellationToken = default);

    /// <summary>
    /// Leaves a peer in good order: writes queued messages, says goodbye and closes the endpoint. The next message starts a new one.
    /// </summary>
    /// <param name="address">The peer's address. Nothing happens when it has no endpoint.</param>
    Task DisconnectAsync(string address);

    /// <summary>The statistics of the way to a peer.</summary>
    /// <param name="address">The peer's address.</param>
    /// <returns><see langword="null"/> when nothing was ever sent there, or its endpoint closed more than ten minutes ago.</returns>
    EndpointStatistics? GetEndpointStatistics(string address);

    /// <summary>The statistics of all endpoints, those closed in the last ten minutes included.</summary>
    IReadOnlyList<EndpointStatistics> GetEndpoints();

    /// <summary>
    /// Leaves in good order: takes no new peers, writes queued messages, says goodbye, and closes; at most
    /// <see cref="RemoteOptions.ShutdownTimeout"/>. Messages that could not be written become dead letters. Idempotent.
    /// </summary>
    Task ShutdownAsync();
}
