namespace Remote.Cluster.Redis;

public sealed partial class RedisIdentityStorage
{
    /// <summary>
    /// Removes all activations of a member in one step: after the first script nothing of the member counts, however much it had, and the member stores
    /// nothing for <see cref="RedisIdentityOptions.RemovedMemberTime"/>. The records are then deleted a thousand at a time, so that Redis is never
    /// busy with it for more than some milliseconds; many may do that at once, or stop half way: a member that lives deletes the rest itself.
    /// A member that lives and is removed all the same learns it at its next check, and its activations are stopped (see <see cref="LostActivation"/>).
    /// A member of another process that stored its first activation less than <see cref="RedisIdentityOptions.YoungMemberTime"/> ago is left alone.
    /// </summary>
    /// <param name="memberId">The member.</param>
    /// <param name="ct">Ends the deleting, after the removal itself.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled. If the removal had begun, it is complete for everybody who asks.</exception>
    public Task RemoveMember(string memberId, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(memberId);
        return _removal.RemoveAsync(memberId, _own.RemoveMember(memberId), ct);
    }
}
