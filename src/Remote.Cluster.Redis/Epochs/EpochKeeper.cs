using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Redis;

/// <summary>
/// Knows in which epoch of the server this process is, and takes part in a new one when the old is over: joins or begins it, and tells it what
/// runs here before anything else is asked. Owns its lock. Safe for many threads.
/// </summary>
internal sealed class EpochKeeper(ScriptRunner runner, OwnActivations own, Claims claims, RedisIdentitySettings settings, ILogger log)
{
    private readonly Lock _gate = new();
    private string? _current;
    private string? _former;
    private Task<string>? _joining;

    /// <summary>The epoch, after it has been told what runs here.</summary>
    /// <exception cref="RedisIdentityException">Redis is not there, or refused.</exception>
    public async ValueTask<string> GetAsync(CancellationToken ct)
    {
        Task<string> joining;
        lock (_gate)
        {
            if (_current is { } current)
            {
                return current;
            }

            joining = _joining ??= Start();
        }

        return await joining.WaitAsync(ct).ConfigureAwait(false);
    }

    /// <summary>The server has said that this epoch is over.</summary>
    public void End(string epoch)
    {
        lock (_gate)
        {
            if (_current == epoch)
            {
                _former = _current;
                _current = null;
            }
        }
    }

    /// <summary>
    /// Remembers an activation that was stored in <paramref name="epoch"/>. False when that is over: then the next one may have been told already what
    /// runs here, without this, and whether it was kept has to be asked there.
    /// </summary>
    public bool TryKeep(OwnActivation activation, string epoch)
    {
        lock (_gate)
        {
            if (_current != epoch)
            {
                return false;
            }

            own.Add(activation);
            return true;
        }
    }

    /// <summary>Without the execution context of the caller that happens to be first.</summary>
    private Task<string> Start()
    {
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Run(JoinAsync);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(JoinAsync);
        }
    }

    private async Task<string> JoinAsync()
    {
        string? joined = null;
        try
        {
            while (true)
            {
                var epoch = await AskAsync().ConfigureAwait(false);
                if (await claims.TellAsync(epoch).ConfigureAwait(false))
                {
                    return joined = epoch;
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _current = joined;
                _former = joined is null ? _former : null;
                _joining = null;
            }
        }
    }

    private async Task<string> AskAsync()
    {
        var settling = settings.SettlingTime.TotalMicroseconds.ToString("F0", CultureInfo.InvariantCulture);
        var answer = await runner.RunAsync(IdentityScript.Join, Guid.NewGuid().ToString("N"), [], [settling], CancellationToken.None).ConfigureAwait(false);
        var epoch = answer[1];
        if (answer.Kind == "begun")
        {
            RedisIdentityLog.EpochBegun(log, runner.Keys.Prefix, runner.Server, answer.Milliseconds(2));
        }

        if (_former is { } former && former != epoch)
        {
            RedisIdentityLog.EpochEnded(log, runner.Server, answer.Milliseconds(2));
        }

        return epoch;
    }
}
