using Proto.Cluster;
using Proto.Cluster.Identity;

namespace Remote.Cluster.Redis;

public sealed partial class RedisIdentityStorage
{
    /// <summary>Takes the lock of an identity that has neither a lock nor an activation. Right after Redis has lost its memory it waits until that is known.</summary>
    /// <param name="clusterIdentity">The identity.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <returns>The lock, which whoever stores the activation needs; null when somebody else has it, or the identity is active.</returns>
    /// <exception cref="RedisIdentityException">With <see cref="RedisIdentityError.Unknown"/> when it could not be known in time.</exception>
    /// <exception cref="OperationCanceledException">Redis did not answer before the token was cancelled.</exception>
    public async Task<SpawnLock?> TryAcquireLock(ClusterIdentity clusterIdentity, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(clusterIdentity);
        var name = IdentityKeys.Name(clusterIdentity);
        var owner = Guid.NewGuid().ToString("N");
        var token = "";
        try
        {
            var answer = await _commands.RunSettledAsync(
                IdentityScript.Acquire, _ => [_keys.Record(name), _keys.Lock(name)],
                epoch => [token = $"{epoch}:{owner}", (long)_settings.LockExpiry.TotalMilliseconds], ct).ConfigureAwait(false);
            return answer.Kind == "taken" ? new SpawnLock(token, clusterIdentity) : null;
        }
        catch (Exception exception) when (token != "" && exception is OperationCanceledException or RedisIdentityException { Error: RedisIdentityError.Timeout or RedisIdentityError.Unreachable })
        {
            // It may have been taken, or may still be: nobody could use it, and it would be in the way of the next attempt.
            _ = ReleaseQuietlyAsync(new SpawnLock(token, clusterIdentity));
            throw;
        }
    }

    /// <summary>Gives a lock back, if it is still the caller's. Not an error when it is not.</summary>
    /// <param name="spawnLock">The lock.</param>
    /// <param name="ct">Not looked at: the lookup gives locks back with a token that has just run out.</param>
    public async Task RemoveLock(SpawnLock spawnLock, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(spawnLock);
        var name = IdentityKeys.Name(spawnLock.ClusterIdentity);
        await _commands.RunAsync(IdentityScript.Release, _ => [_keys.Lock(name)], _ => [spawnLock.LockId], CancellationToken.None).ConfigureAwait(false);
    }

    private async Task ReleaseQuietlyAsync(SpawnLock spawnLock)
    {
        try
        {
            await RemoveLock(spawnLock, CancellationToken.None).ConfigureAwait(false);
        }
        catch (RedisIdentityException exception)
        {
            RedisIdentityLog.LockNotReleased(_log, spawnLock.ClusterIdentity.Kind, spawnLock.ClusterIdentity.Identity, exception);
        }
    }
}
