using Proto;
using Proto.Cluster;
using Proto.Cluster.Identity;

namespace Remote.Cluster.Redis;

public sealed partial class RedisIdentityStorage
{
    /// <summary>The stored activation, or null when there is none. Right after Redis has lost its memory it waits until that is known.</summary>
    /// <param name="clusterIdentity">The identity.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="RedisIdentityException">With <see cref="RedisIdentityError.Unknown"/> when it could not be known in time.</exception>
    /// <exception cref="OperationCanceledException">Redis did not answer before the token was cancelled.</exception>
    public async Task<StoredActivation?> TryGetExistingActivation(ClusterIdentity clusterIdentity, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(clusterIdentity);
        var name = IdentityKeys.Name(clusterIdentity);
        var answer = await _commands.RunSettledAsync(IdentityScript.Read, _ => [_keys.Record(name), _keys.Lock(name)], static _ => [], ct)
            .ConfigureAwait(false);
        return Activation(answer);
    }

    /// <summary>
    /// Waits until whoever has the lock has stored its activation. Null when there is neither lock nor activation, and after
    /// <see cref="RedisIdentityOptions.WaitTimeout"/>. It looks with growing pauses, and only a bounded number of callers look at once.
    /// </summary>
    /// <param name="clusterIdentity">The identity.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="RedisIdentityException">With <see cref="RedisIdentityError.Unknown"/> when it could not be known in time.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<StoredActivation?> WaitForActivation(ClusterIdentity clusterIdentity, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(clusterIdentity);
        var name = IdentityKeys.Name(clusterIdentity);
        var begun = _time.GetTimestamp();
        for (var look = 0; ; look++)
        {
            var answer = await LookAsync(name, ct).ConfigureAwait(false);
            if (answer.Kind is "active" or "free")
            {
                return Activation(answer);
            }

            var pause = _pauses.After(look);
            if (_time.GetElapsedTime(begun) + pause > _settings.WaitTimeout)
            {
                return answer.Kind == ScriptAnswer.Settling ? throw _commands.Unknown(answer.Milliseconds(1)) : null;
            }

            await Task.Delay(pause, _time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Stores an activation, if the caller's lock still holds, and gives the lock back. Trying again after a failure is safe: what was stored at the
    /// first attempt is not refused at the second.
    /// </summary>
    /// <param name="memberId">The member on which the actor runs.</param>
    /// <param name="spawnLock">The lock that <see cref="TryAcquireLock"/> gave, here or in another process.</param>
    /// <param name="pid">The actor.</param>
    /// <param name="ct">Looked at before anything is sent; what has been sent is waited for.</param>
    /// <exception cref="LockNotFoundException">The lock ran out, was given back, or is from before a restart of Redis; or the member was removed: the actor must be stopped.</exception>
    public async Task StoreActivation(string memberId, SpawnLock spawnLock, PID pid, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(memberId);
        ArgumentNullException.ThrowIfNull(spawnLock);
        ArgumentNullException.ThrowIfNull(pid);
        ct.ThrowIfCancellationRequested();
        var identity = spawnLock.ClusterIdentity;
        var name = IdentityKeys.Name(identity);
        _own.AddMember(memberId);
        while (true)
        {
            var (answer, epoch) = await _commands.RunAsync(
                IdentityScript.Store, _ => [_keys.Record(name), _keys.Lock(name)],
                _ => [name, spawnLock.LockId, pid.Id, pid.Address, memberId], CancellationToken.None).ConfigureAwait(false);
            if (answer.Kind != "stored")
            {
                throw NotStored(answer, memberId, identity);
            }

            // Kept as a copy: PIDs are mutable, and this one is the lookup's.
            if (_epochs.TryKeep(new OwnActivation(name, identity, memberId, PID.FromAddress(pid.Address, pid.Id), answer[1], spawnLock.LockId), epoch))
            {
                return;
            }
        }
    }

    /// <summary>Removes this activation and no other: a newer one of the same identity stays. Not an error when there is none.</summary>
    /// <param name="clusterIdentity">The identity.</param>
    /// <param name="pid">The activation that is meant.</param>
    /// <param name="ct">Not looked at: an activation that has ended must not stay because somebody was in a hurry.</param>
    public async Task RemoveActivation(ClusterIdentity clusterIdentity, PID pid, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(clusterIdentity);
        ArgumentNullException.ThrowIfNull(pid);
        var name = IdentityKeys.Name(clusterIdentity);

        // Forgotten first: a Redis that loses its memory now must not be told of it again.
        var own = _own.Find(name, pid);
        if (own is not null)
        {
            _own.Remove(own);
        }

        await _commands.RunAsync(
            IdentityScript.Remove, _ => [_keys.Record(name)], _ => [name, pid.Id, pid.Address, own?.MemberId ?? ""], CancellationToken.None)
            .ConfigureAwait(false);
    }

    private async Task<ScriptAnswer> LookAsync(string name, CancellationToken ct)
    {
        await _looks.WaitAsync(ct).ConfigureAwait(false);
        return await LookAndReleaseAsync(name).WaitAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Without a token: a look that its caller gave up is still under way, and keeps its place until it ends.</summary>
    private async Task<ScriptAnswer> LookAndReleaseAsync(string name)
    {
        try
        {
            var (answer, _) = await _commands.RunAsync(
                IdentityScript.Read, _ => [_keys.Record(name), _keys.Lock(name)], static _ => [], CancellationToken.None).ConfigureAwait(false);
            return answer;
        }
        finally
        {
            _looks.Release();
        }
    }

    private static StoredActivation? Activation(ScriptAnswer answer) =>
        answer.Kind == "active" ? new StoredActivation(answer[3], PID.FromAddress(answer[2], answer[1])) : null;

    private static LockNotFoundException NotStored(ScriptAnswer answer, string memberId, ClusterIdentity identity)
    {
        var which = $"The activation of {identity.Kind}/{identity.Identity} is not stored";
        return new LockNotFoundException(answer.Kind switch
        {
            "gone" => $"{which}: member {memberId} was removed from the cluster a moment ago.",
            "active" => $"{which}: it is active at {answer[2]}/{answer[1]} already.",
            _ => $"{which}: its lock ran out, was given back, or is from before a restart of Redis (RedisIdentityOptions.LockExpiry).",
        });
    }
}
