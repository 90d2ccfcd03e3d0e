using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Remote.Cluster.Redis;

/// <summary>
/// Removes all of a member: with the first script nothing of it counts any more, and the rest gives memory back. Safe for many threads, and for many
/// processes that remove the same member.
/// </summary>
internal sealed class MemberRemoval(IdentityCommands commands, IdentityKeys keys, RedisIdentitySettings settings, ILogger log)
{
    /// <summary>The server works on nothing else during a script, so one deletes only so many records.</summary>
    private const int DeletedPerScript = 1000;

    private const string Others = "0";
    private const string Itself = "1";
    private const string Finish = "finish";

    /// <param name="member">The member.</param>
    /// <param name="isOwn">Whether it is one of this process, which may be removed however young it is.</param>
    /// <param name="ct">Ends the deleting, after the removal itself.</param>
    public async Task RemoveAsync(string member, bool isOwn, CancellationToken ct)
    {
        var (answer, deleted) = await RunAsync(member, isOwn ? Itself : Others, ct).ConfigureAwait(false);
        if (answer.Kind == "young")
        {
            RedisIdentityLog.MemberTooYoung(log, member, answer.Milliseconds(1));
            return;
        }

        RedisIdentityLog.MemberRemoved(log, member, deleted);
    }

    /// <summary>
    /// Ends what another process has begun and not ended. Until somebody does, the mark of the removed member has no end, and the member stores nothing.
    /// Does nothing when the removal is over: the member may have stored something new meanwhile.
    /// </summary>
    /// <param name="member">A member of this process.</param>
    /// <param name="ct">Ends the deleting; the next call goes on with it.</param>
    public async Task FinishAsync(string member, CancellationToken ct)
    {
        var (answer, deleted) = await RunAsync(member, Finish, ct).ConfigureAwait(false);
        if (answer.Kind == "done")
        {
            RedisIdentityLog.RemovalFinished(log, member, deleted, settings.RemovedMemberTime);
        }
    }

    private async Task<(ScriptAnswer Answer, long Deleted)> RunAsync(string member, string who, CancellationToken ct)
    {
        var deleted = 0L;
        while (true)
        {
            var (answer, _) = await commands.RunAsync(
                IdentityScript.RemoveMember, _ => [keys.Index(member), keys.Members, keys.Gone(member), keys.Displaced],
                _ => Arguments(member, who), CancellationToken.None).ConfigureAwait(false);
            deleted += answer.Kind is "more" or "done" ? long.Parse(answer[1], CultureInfo.InvariantCulture) : 0;
            if (answer.Kind != "more")
            {
                return (answer, deleted);
            }

            ct.ThrowIfCancellationRequested();
        }
    }

    private RedisValue[] Arguments(string member, string who) =>
        [member, who, (long)settings.YoungMemberTime.TotalMicroseconds, (long)settings.RemovedMemberTime.TotalMilliseconds, DeletedPerScript];
}
