using StackExchange.Redis;

namespace Remote.Cluster.Redis;

/// <summary>
/// Runs scripts in the epoch that counts: in the next one when the known one is over, and, where the answer would be a guess, only after the members
/// have said what runs on them. Safe for many threads.
/// </summary>
internal sealed class IdentityCommands(ScriptRunner runner, EpochKeeper epochs, Pauses pauses, TimeProvider time)
{
    /// <summary>A server that begins more epochs than this during one call restarts all the time.</summary>
    private const int MaxEpochs = 5;

    /// <summary>Runs it, and says in which epoch.</summary>
    public async Task<(ScriptAnswer Answer, string Epoch)> RunAsync(
        string script, Func<string, RedisKey[]> keys, Func<string, RedisValue[]> arguments, CancellationToken ct)
    {
        for (var round = 0; round < MaxEpochs; round++)
        {
            var epoch = await epochs.GetAsync(ct).ConfigureAwait(false);
            var answer = await runner.RunAsync(script, epoch, keys(epoch), arguments(epoch), ct).ConfigureAwait(false);
            if (answer.Kind != ScriptAnswer.Stale)
            {
                return (answer, epoch);
            }

            epochs.End(epoch);
        }

        throw new RedisIdentityException(RedisIdentityError.Unknown, $"Redis at {runner.Server} started again {MaxEpochs} times during one call; look at its log.");
    }

    /// <summary>The same, and waits while the answer cannot be known, as long as the token allows.</summary>
    /// <exception cref="RedisIdentityException">With <see cref="RedisIdentityError.Unknown"/> when it could not be known in time.</exception>
    public async Task<ScriptAnswer> RunSettledAsync(
        string script, Func<string, RedisKey[]> keys, Func<string, RedisValue[]> arguments, CancellationToken ct)
    {
        while (true)
        {
            var (answer, _) = await RunAsync(script, keys, arguments, ct).ConfigureAwait(false);
            if (answer.Kind != ScriptAnswer.Settling)
            {
                return answer;
            }

            try
            {
                // All who wait here would come back in the same millisecond.
                await Task.Delay(answer.Milliseconds(1) + pauses.Spread(), time, ct).ConfigureAwait(false);
            }
            catch (OperationCanceledException cancelled)
            {
                throw Unknown(answer.Milliseconds(1), cancelled);
            }
        }
    }

    /// <summary>What is said when nobody can say whether an identity is active.</summary>
    public RedisIdentityException Unknown(TimeSpan left, Exception? cause = null) =>
        new(RedisIdentityError.Unknown,
            $"Redis at {runner.Server} started, lost its memory or was replaced a moment ago. Until its members have said what runs on them, in about {left.TotalMilliseconds:F0} ms, "
            + "nobody knows whether this identity is active, and nothing is activated (RedisIdentityOptions.SettlingTime). Ask again.", cause);
}
