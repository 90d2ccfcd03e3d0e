using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Remote.Cluster.Etcd;

/// <summary>
/// One node in one cluster, from start to stop: 1. connects to an endpoint, registers and lists, in one round through the endpoints; 2. watches and
/// renews on that connection until something fails; 3. begins again, for as long as it takes. What is known stays known meanwhile. One loop does it
/// all; <see cref="StopAsync"/> ends it and may be called at any time, more than once.
/// </summary>
internal sealed class EtcdMembership(
    EtcdClusterOptions options,
    EtcdConnector connector,
    RetryBackoff backoff,
    Registration? registration,
    ClusterView view,
    MemberKeys keys,
    Func<IReadOnlySet<string>?> blockedMembers,
    Action<string> leave,
    TimeProvider time,
    ILogger log)
{
    /// <summary>How many calls without an answer leaving may take.</summary>
    private const int CallsToLeave = 4;

    private readonly CancellationTokenSource _stopping = new();
    private EtcdConnection? _connection;
    private Task _loop = Task.CompletedTask;
    private bool _lived;

    /// <summary>The endpoint in use, <see langword="null"/> while there is none.</summary>
    public Uri? Endpoint => Volatile.Read(ref _connection)?.Endpoint;

    /// <summary>The lease, zero for a client and before the registration.</summary>
    public long Lease => registration?.Lease ?? 0;

    /// <summary>Connects, registers and lists; from then on the loop runs.</summary>
    /// <exception cref="EtcdClusterException">etcd could not be had within the time for it.</exception>
    /// <exception cref="OperationCanceledException">It was stopped meanwhile.</exception>
    public async Task StartAsync(string clusterName)
    {
        var began = time.GetTimestamp();
        using var limit = new CancellationTokenSource(options.StartTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopping.Token);
        EtcdRoundException? last = null;
        var rounds = 1;
        while (_connection is null)
        {
            try
            {
                _connection = await connector.ConnectAsync(PrepareAsync, both.Token).ConfigureAwait(false);
            }
            catch (EtcdRoundException exception) when (!exception.IsFinal)
            {
                EtcdLog.RoundFailed(log, exception.Message);
                last = exception;
                rounds++;
                await DelayAsync(both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (EtcdRoundException exception)
            {
                throw FailureReport.Of(clusterName, options, exception, rounds, time.GetElapsedTime(began));
            }
            catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
            {
                // In the middle of a round: what the one before said is all there is.
                throw FailureReport.Of(clusterName, options, last ?? TimedOut(), rounds, time.GetElapsedTime(began));
            }
            catch (PlaceTakenException exception)
            {
                throw new EtcdClusterException(
                    EtcdFailure.Refused, $"The cluster '{clusterName}' was not joined: {exception.Message} since the start began.", exception);
            }
        }

        // Nothing of the caller's context is kept by a loop that outlives it.
        using (ExecutionContext.SuppressFlow())
        {
            _loop = Task.Run(RunAsync);
        }
    }

    /// <summary>Ends a start or the loop, and leaves all else to <see cref="StopAsync"/>.</summary>
    public Task CancelAsync() => _stopping.CancelAsync();

    /// <summary>Ends the loop; with <paramref name="graceful"/> the lease too, so that others see it at once. Without it the lease runs out.</summary>
    public async Task StopAsync(bool graceful)
    {
        await CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        var connection = Interlocked.Exchange(ref _connection, null);
        try
        {
            if (graceful && registration is { Lease: not 0 })
            {
                connection = await LeaveAsync(registration, connection).ConfigureAwait(false);
            }
        }
        finally
        {
            connection?.Dispose();
        }
    }

    // A connection that broke in the last moment must not keep others waiting for the lease to run out: one more round is due to them, as far as
    // it gets. A shutdown waits for this, and there may be many endpoints that are silent.
    private async Task<EtcdConnection?> LeaveAsync(Registration member, EtcdConnection? connection)
    {
        using var limit = new CancellationTokenSource(options.CallTimeout * CallsToLeave, time);
        try
        {
            if (connection is not null)
            {
                await member.LeaveAsync(connection, limit.Token).ConfigureAwait(false);
                return connection;
            }
        }
        catch (OperationCanceledException)
        {
            EtcdLog.LeftWithoutWord(log, options.LeaseTimeToLive, "there was no time for it");
            return connection;
        }
        catch (EtcdCallException exception)
        {
            EtcdLog.RoundFailed(log, exception.Message);
            connection!.Dispose();
            connector.MoveOn();
        }

        try
        {
            return await connector.ConnectAsync(member.LeaveAsync, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            EtcdLog.LeftWithoutWord(log, options.LeaseTimeToLive, $"no endpoint that was tried within {options.CallTimeout * CallsToLeave} would do");
            return null;
        }
        catch (EtcdRoundException exception)
        {
            EtcdLog.LeftWithoutWord(log, options.LeaseTimeToLive, exception.Message);
            return null;
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await ServeAsync(_connection!).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (PlaceTakenException exception)
            {
                Leave(exception.Other);
                return;
            }
            catch (OutvotedException exception)
            {
                // The connection is kept: there is still to be told that this node has left.
                leave(exception.Message);
                return;
            }
            catch (EtcdCallException exception)
            {
                EtcdLog.ConnectionLost(log, exception.Message, view.Members.Count);
            }
            catch (Exception exception)
            {
                EtcdLog.LoopFailed(log, exception);
            }

            Interlocked.Exchange(ref _connection, null)?.Dispose();
            connector.MoveOn();
            if (!_lived)
            {
                // It connects and fails at once: without a pause that would go on as fast as etcd answers.
                await DelayAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (!await ReconnectAsync().ConfigureAwait(false))
            {
                return;
            }
        }
    }

    // Watches and renews; what is lost by etcd while the connection stands is made good on it.
    private async Task ServeAsync(EtcdConnection connection)
    {
        _lived = false;
        while (true)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            var pulse = new Pulse(connection, registration, view, keys, options.LeaseTimeToLive / 3, time);
            var watching = new MemberWatch(connection, view, keys, log).RunAsync(ending.Token);
            var renewing = pulse.RunAsync(ending.Token);
            var judging = JudgeAsync(connection, ending.Token);
            var first = await Task.WhenAny(watching, renewing, judging).ConfigureAwait(false);
            await ending.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(watching, renewing, judging).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (pulse.Answers > 0)
            {
                _lived = true;
                backoff.Reset();
            }

            await first.ConfigureAwait(false);
            await PrepareAsync(connection, _stopping.Token).ConfigureAwait(false);
        }
    }

    // A client has no entry to say something in, and nobody blocks it.
    private Task JudgeAsync(EtcdConnection connection, CancellationToken cancellationToken) => registration is null
        ? Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken)
        : new Arbitration(connection, registration, view, blockedMembers, options, time, log).RunAsync(cancellationToken);

    private async Task PrepareAsync(EtcdConnection connection, CancellationToken cancellationToken)
    {
        if (registration is not null)
        {
            if (await registration.EnsureAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                view.EtcdForgot();
            }

            view.HasRegistered();
        }

        var watch = new MemberWatch(connection, view, keys, log);
        if (view.Revision != 0)
        {
            await watch.LookBackAsync(cancellationToken).ConfigureAwait(false);
        }

        if (view.Revision == 0)
        {
            await watch.ListAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // False: stopped, or the place is taken.
    private async Task<bool> ReconnectAsync()
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                var connection = await connector.ConnectAsync(PrepareAsync, _stopping.Token).ConfigureAwait(false);
                Volatile.Write(ref _connection, connection);
                EtcdLog.Reconnected(log, connection.Endpoint, time.GetElapsedTime(began));
                return true;
            }
            catch (EtcdRoundException exception)
            {
                EtcdLog.RoundFailed(log, exception.Message);
                await DelayAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (PlaceTakenException exception)
            {
                Leave(exception.Other);
                return false;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception exception)
            {
                EtcdLog.LoopFailed(log, exception);
                await DelayAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Leave(MemberRecord other)
    {
        Debug.Assert(registration is not null, "a client has no place");
        EtcdLog.PlaceTaken(log, other.Address, other.Id);
        leave($"{other.Id} has registered in etcd at {other.Address}");
    }

    private Task DelayAsync(CancellationToken cancellationToken) => Task.Delay(backoff.Next(), time, cancellationToken);

    private EtcdRoundException TimedOut() => new(
        [.. options.Endpoints.Select(endpoint => new EtcdCallException(
            new Uri(endpoint), EtcdFailure.NoAnswer, $"StartTimeout ({options.StartTimeout}) was over before a round was"))]);
}
