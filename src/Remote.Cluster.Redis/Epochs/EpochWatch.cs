using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Redis;

/// <summary>
/// Asks at intervals whether the epoch is still the same, so that a process that asks nothing else says what runs on it within the settling time, too; and
/// whether what runs here still has its place.
/// One loop, from <see cref="Start"/> to <see cref="Dispose"/>.
/// </summary>
internal sealed class EpochWatch(PlaceCheck check, string server, TimeSpan interval, TimeProvider time, ILogger log) : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private int _started;

    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0 || _end.IsCancellationRequested)
        {
            return;
        }

        if (ExecutionContext.IsFlowSuppressed())
        {
            _ = Task.Run(RunAsync);
            return;
        }

        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(RunAsync);
        }
    }

    public void Dispose() => _end.Cancel();

    private async Task RunAsync()
    {
        var end = _end.Token;
        var away = false;
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(end).ConfigureAwait(false))
            {
                away = await LookAsync(away, end).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Disposed: the loop's only end.
        }
    }

    private async Task<bool> LookAsync(bool away, CancellationToken end)
    {
        try
        {
            await check.RunAsync(end).ConfigureAwait(false);
            if (away)
            {
                RedisIdentityLog.BackAgain(log, server);
            }

            return false;
        }
        catch (Exception exception) when (end.IsCancellationRequested && exception is RedisIdentityException or OperationCanceledException)
        {
            return away;
        }
        catch (RedisIdentityException exception)
        {
            if (!away)
            {
                RedisIdentityLog.Away(log, server, exception);
            }

            return true;
        }
        catch (Exception exception)
        {
            // Whatever it was, the next look has to come: nothing else would say to a Redis without memory what runs here.
            RedisIdentityLog.CheckFailed(log, server, interval, exception);
            return away;
        }
    }
}
