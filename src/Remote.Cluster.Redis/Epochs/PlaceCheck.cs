using StackExchange.Redis;

namespace Remote.Cluster.Redis;

/// <summary>
/// Asks whether the epoch is still the same, and whether the activations of this process still have their identities. Most of the time that is one small
/// question; they themselves are looked at
/// <list type="bullet">
/// <item>when their member was removed while it lives: the mark of that stays for <c>markStays</c> at least. For ever, if whoever removed it ended half way:
/// then the removal is finished here;</item>
/// <item>when this process did not ask for so long that it may have missed such a mark;</item>
/// <item>when another member has claimed one of them;</item>
/// <item>once after each epoch has settled: a claim of a member with an older version is not counted.</item>
/// </list>
/// Used by one loop at a time.
/// </summary>
internal sealed class PlaceCheck(
    IdentityCommands commands, Claims claims, OwnActivations own, MemberRemoval removal, IdentityKeys keys, TimeSpan markStays, TimeProvider time)
{
    private const string NotRemoved = "0";
    private const string HalfRemoved = "2";

    private readonly Dictionary<string, string> _displaced = new(StringComparer.Ordinal);
    private long _asked = time.GetTimestamp();
    private string? _confirmed;

    /// <exception cref="RedisIdentityException">Redis is not there, or refused.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var asking = time.GetTimestamp();
        var members = own.Members;
        var (answer, epoch) = await commands.RunAsync(
            IdentityScript.Check, _ => [keys.Displaced, .. members.Select(keys.Gone)], _ => [.. members.Select(static member => (RedisValue)member)], ct)
            .ConfigureAwait(false);
        var all = time.GetElapsedTime(_asked) > markStays / 2 || (epoch != _confirmed && answer.Milliseconds(1) <= TimeSpan.Zero);
        for (var at = 0; at < members.Length; at++)
        {
            var (member, removed, displaced) = (members[at], answer[2 + (2 * at)], answer[3 + (2 * at)]);
            if (all || removed != NotRemoved || displaced != _displaced.GetValueOrDefault(member, "0"))
            {
                if (!await claims.ConfirmAsync(epoch, member).ConfigureAwait(false))
                {
                    // The next epoch is told what runs here, and that is looked at again when it has settled.
                    return;
                }

                _displaced[member] = displaced;
            }

            if (removed == HalfRemoved)
            {
                await removal.FinishAsync(member, ct).ConfigureAwait(false);
            }
        }

        _asked = asking;
        _confirmed = answer.Milliseconds(1) <= TimeSpan.Zero ? epoch : _confirmed;
    }
}
