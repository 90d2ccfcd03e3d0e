using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Remote.Cluster.Redis;

/// <summary>Tells a new epoch what runs in this process, and stops what has lost its identity meanwhile.</summary>
internal sealed class Claims(ScriptRunner runner, OwnActivations own, RedisIdentityHooks hooks, ILogger log)
{
    /// <summary>The server works on nothing else during a script, so one brings only so many activations.</summary>
    private const int PerScript = 200;

    /// <summary>False when that epoch is over, too.</summary>
    public async Task<bool> TellAsync(string epoch)
    {
        foreach (var ofMember in own.All.GroupBy(static activation => activation.MemberId))
        {
            foreach (var some in ofMember.Chunk(PerScript))
            {
                var answer = await runner.RunAsync(IdentityScript.Claim, epoch, [], [ofMember.Key, .. some.SelectMany(Words)], CancellationToken.None)
                    .ConfigureAwait(false);
                if (answer.Kind == ScriptAnswer.Stale)
                {
                    return false;
                }

                Lose(some, answer.Rest.ToArray());
            }

            RedisIdentityLog.Claimed(log, ofMember.Count(), ofMember.Key, runner.Server);
        }

        return true;
    }

    /// <summary>
    /// Stops what this member does not have any more. It asks and does not claim again: meanwhile an activation may have ended by itself. False when that
    /// epoch is over.
    /// </summary>
    public async Task<bool> ConfirmAsync(string epoch, string member)
    {
        foreach (var some in own.All.Where(activation => activation.MemberId == member).Chunk(PerScript))
        {
            var answer = await runner.RunAsync(
                IdentityScript.Confirm, epoch, [.. some.Select(activation => runner.Keys.Record(activation.Name))],
                [member, .. some.SelectMany(static activation => new RedisValue[] { activation.Name, activation.Number })], CancellationToken.None)
                .ConfigureAwait(false);
            if (answer.Kind == ScriptAnswer.Stale)
            {
                return false;
            }

            Lose(some, answer.Rest.ToArray());
        }

        return true;
    }

    private static IEnumerable<RedisValue> Words(OwnActivation activation) =>
        [activation.Name, activation.Pid.Id, activation.Pid.Address, activation.Number, activation.Token];

    private void Lose(OwnActivation[] told, string[] names)
    {
        if (names.Length == 0)
        {
            return;
        }

        var lost = names.ToHashSet(StringComparer.Ordinal);
        foreach (var activation in told.Where(activation => lost.Contains(activation.Name)))
        {
            if (!own.Lose(activation))
            {
                continue;
            }

            RedisIdentityLog.ActivationLost(log, activation.Identity.Kind, activation.Identity.Identity, activation.Pid.Address, activation.Pid.Id);
            hooks.ActorSystem?.Root.Stop(activation.Pid);
            TellHook(activation);
        }
    }

    private void TellHook(OwnActivation activation)
    {
        try
        {
            hooks.ActivationLost?.Invoke(new LostActivation(activation.Identity, activation.MemberId, activation.Pid));
        }
        catch (Exception exception)
        {
            // Of the application's own making: the others have to be told all the same.
            RedisIdentityLog.HookFailed(log, exception);
        }
    }
}
