using System.Globalization;
using StackExchange.Redis;

namespace Remote.Cluster.Redis;

public sealed partial class RedisIdentityStorage
{
    /// <summary>The server works on nothing else during a script, so one deletes only so many records.</summary>
    private const int DeletedPerScript = 1000;

    /// <summary>
    /// Removes all activations of a member in one step: after the first script nothing of the member counts, however much it had, and the member stores
    /// nothing for <see cref="RedisIdentityOptions.RemovedMemberTime"/>. The records are then deleted a thousand at a time, so that Redis is never
    /// busy with it for more than some milliseconds; many may do that at once, or stop half way.
    /// A member that lives and is removed all the same learns it at its next check, and its activations are stopped (see <see cref="LostActivation"/>).
    /// A member of another process that stored its first activation less than <see cref="RedisIdentityOptions.YoungMemberTime"/> ago is left alone.
    /// </summary>
    /// <param name="memberId">The member.</param>
    /// <param name="ct">Ends the deleting, after the removal itself.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled. If the removal had begun, it is complete for everybody who asks.</exception>
    public async Task RemoveMember(string memberId, CancellationToken ct)
    {
        ArgumentException.ThrowIfNullOrEmpty(memberId);
        var isOwn = _own.RemoveMember(memberId);
        var deleted = 0L;
        while (true)
        {
            var (answer, _) = await _commands.RunAsync(
                IdentityScript.RemoveMember, _ => [_keys.Index(memberId), _keys.Members, _keys.Gone(memberId), _keys.Displaced],
                _ => RemovalArguments(memberId, isOwn), CancellationToken.None).ConfigureAwait(false);
            if (answer.Kind == "young")
            {
                RedisIdentityLog.MemberTooYoung(_log, memberId, answer.Milliseconds(1));
                return;
            }

            deleted += long.Parse(answer[1], CultureInfo.InvariantCulture);
            if (answer.Kind == "done")
            {
                RedisIdentityLog.MemberRemoved(_log, memberId, deleted);
                return;
            }

            ct.ThrowIfCancellationRequested();
        }
    }

    private RedisValue[] RemovalArguments(string memberId, bool isOwn) =>
    [
        memberId, isOwn ? "1" : "0", (long)_settings.YoungMemberTime.TotalMicroseconds, (long)_settings.RemovedMemberTime.TotalMilliseconds, DeletedPerScript,
    ];
}
