using Proto;
using Proto.Remote;

namespace Remote.Cli;

/// <summary>A node without a listener that asks an actor of another node. Thread-safe.</summary>
internal sealed class BenchClient : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly PID _target;
    private readonly TimeProvider _time;

    private BenchClient(ActorSystem system, PID target, TimeProvider time) => (_system, _target, _time) = (system, target, time);

    /// <exception cref="FailureException">The settings are none that a node can have.</exception>
    public static void Check(ConnectionSettings settings)
    {
        if (settings.IsInsecure)
        {
            throw new FailureException(Failure.Usage("--insecure is nothing for bench: a node believes no certificate without looking at it.", "Give --ca FILE."));
        }

        if (settings is { TlsName: not null, RootsPath: null, CertificatePath: null })
        {
            throw new FailureException(Failure.Usage(
                "--tls-name is nothing for bench without --ca: with the authorities of this machine a node asks for no other name than the host's.", "Give --ca FILE."));
        }
    }

    /// <exception cref="FailureException">The settings are none that a node can have.</exception>
    public static async Task<BenchClient> StartAsync(NodeSession session, string target)
    {
        var settings = session.Settings;

        // With the authorities of this machine it is the platform's TLS; files make it ours.
        var system = new ActorSystem().WithClientRemote(RemoteConfig.BindToLocalhost() with { UseHttps = settings.UseTls }, options =>
        {
            if (settings.UseTls)
            {
                options.Tls = settings.Tls;
            }

            if (settings.SecretPath is { } path)
            {
                options.Access = AccessOptions.SharedSecret(path);
            }
        });
        try
        {
            await system.Remote().StartAsync();
        }
        catch (RemoteException exception)
        {
            await system.DisposeAsync();
            throw new FailureException(Failure.Usage(Credentials.InWordsOfTheTool(exception.Message)), exception);
        }

        return new BenchClient(system, PID.FromAddress(session.Address.Text, target), session.Time);
    }

    /// <summary>
    /// Asks until time is over. The message is Proto.Actor's Touch, which every actor answers by itself: through its mailbox like any other message, and
    /// without a line of the application.
    /// </summary>
    /// <param name="name">Of the phase.</param>
    /// <param name="concurrency">How many requests are under way at one time.</param>
    /// <param name="duration">How long new ones are begun.</param>
    /// <param name="timeout">Of a request.</param>
    /// <param name="cancellationToken">Ends it without a result.</param>
    public async Task<BenchPhase> RunAsync(string name, int concurrency, TimeSpan duration, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var askers = new Asker[concurrency];
        for (var i = 0; i < concurrency; i++)
        {
            askers[i] = new Asker(this, timeout);
        }

        await Task.WhenAll(askers.Select(asker => Task.Run(() => asker.RunAsync(started, duration, cancellationToken), cancellationToken)));
        var elapsed = _time.GetElapsedTime(started);
        double[] times = [.. askers.SelectMany(static asker => asker.Milliseconds)];
        Array.Sort(times);
        var failures = askers.SelectMany(static asker => asker.Failures).GroupBy(static one => one).ToDictionary(static same => same.Key, static same => same.LongCount());
        return new BenchPhase(name, concurrency, elapsed, times, failures);
    }

    public async ValueTask DisposeAsync()
    {
        await _system.ReliableRemote().DisposeAsync();
        await _system.DisposeAsync();
    }

    /// <summary>One request after the other.</summary>
    private sealed class Asker(BenchClient client, TimeSpan timeout)
    {
        // A target that fails at once would fill memory with its failures.
        private const int MaxFailures = 1_000;

        public List<double> Milliseconds { get; } = [];

        public List<string> Failures { get; } = [];

        public async Task RunAsync(long started, TimeSpan duration, CancellationToken cancellationToken)
        {
            while (client._time.GetElapsedTime(started) < duration && Failures.Count < MaxFailures)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var asked = client._time.GetTimestamp();
                try
                {
                    await client._system.Root.RequestAsync<Touched>(client._target, new Touch(), timeout);
                    Milliseconds.Add(client._time.GetElapsedTime(asked).TotalMilliseconds);
                }
                catch (Exception exception) when (exception is TimeoutException or DeadLetterException or RemoteException)
                {
                    Failures.Add(exception switch
                    {
                        TimeoutException => "Timeout",
                        RemoteException remote => remote.Error.ToString(),
                        _ => "NoSuchProcess",
                    });
                }
            }
        }
    }
}
