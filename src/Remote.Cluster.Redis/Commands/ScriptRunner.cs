using StackExchange.Redis;

namespace Remote.Cluster.Redis;

/// <summary>Runs one script in one epoch. Knows the connection, and nothing of what the scripts mean. Safe for many threads.</summary>
internal sealed class ScriptRunner(RedisConnection connection, IdentityKeys keys)
{
    public IdentityKeys Keys { get; } = keys;

    public string Server => connection.Name;

    /// <summary>Runs <paramref name="script"/>: its first key is the epoch's, its first arguments the epoch and the prefix.</summary>
    /// <exception cref="RedisIdentityException">Redis is not there, or refused.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the script may run all the same.</exception>
    public async Task<ScriptAnswer> RunAsync(string script, string epoch, RedisKey[] moreKeys, RedisValue[] moreArguments, CancellationToken ct)
    {
        try
        {
            // Through the database and not through a server: it follows the primary.
            var running = connection.Database.ScriptEvaluateAsync(
                script, [Keys.Epoch, .. moreKeys], [epoch, Keys.Prefix, .. moreArguments], CommandFlags.DemandMaster);
            Observe(running);
            var result = await running.WaitAsync(ct).ConfigureAwait(false);
            return new ScriptAnswer((string[])result!);
        }
        catch (Exception exception) when (RedisFailures.IsKnown(exception))
        {
            throw exception is RedisConnectionException && connection.HasOnlyReplicas
                ? RedisFailures.OnlyReplicas(Server, exception)
                : RedisFailures.Describe(Server, exception);
        }
    }

    /// <summary>A caller that gave up does not hear how the script ended; nobody else asks either.</summary>
    private static void Observe(Task running) =>
        _ = running.ContinueWith(
            static ended => _ = ended.Exception, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
