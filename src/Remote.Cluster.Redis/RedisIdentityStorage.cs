using Microsoft.Extensions.Logging;
using Proto;
using Proto.Cluster.Identity;
using StackExchange.Redis;

namespace Remote.Cluster.Redis;

/// <summary>
/// Keeps in Redis which identity of a cluster is active where, for Proto.Cluster's <see cref="IdentityStorageLookup"/>. An identity has one owner at a
/// time: it is stored only by whoever holds its lock, the lock has an owner and runs out, and what is stored is replaced only after it was removed. When Redis
/// starts again or loses its memory, the members tell it what runs on them before anything new is activated. Safe for many threads. One for each member;
/// dispose it after the cluster has shut down.
/// </summary>
/// <remarks>
/// Redis must be 5 or later (tried with 7.0), with a primary that takes writes; <c>maxmemory-policy</c> must be <c>noeviction</c>.
/// All methods throw <see cref="RedisIdentityException"/> when Redis is not there or refuses.
/// </remarks>
public sealed partial class RedisIdentityStorage : IIdentityStorage
{
    private readonly IdentityCommands _commands;
    private readonly RedisConnection _connection;
    private readonly EpochKeeper _epochs;
    private readonly IdentityKeys _keys;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _looks;
    private readonly OwnActivations _own = new();
    private readonly Pauses _pauses;
    private readonly MemberRemoval _removal;
    private readonly RedisIdentitySettings _settings;
    private readonly TimeProvider _time;
    private readonly EpochWatch _watch;

    /// <summary>With a connection of its own, which <see cref="Init"/> opens and <see cref="Dispose"/> closes.</summary>
    /// <param name="connection">As StackExchange.Redis has it: <c>redis-1:6379,password=secret,ssl=true</c>.</param>
    /// <param name="options">At least <see cref="RedisIdentityOptions.KeyPrefix"/> must be set.</param>
    /// <param name="hooks">The actor system, logs, clock; optional.</param>
    /// <exception cref="RedisIdentityException">An option is out of range.</exception>
    public RedisIdentityStorage(string connection, RedisIdentityOptions options, RedisIdentityHooks? hooks = null)
        : this(ConfigurationOptions.Parse(connection), options, hooks)
    {
    }

    /// <summary>With a connection of its own. A copy is used in which <c>AbortOnConnectFail</c> is set and reconnecting is tried every 500 ms.</summary>
    /// <param name="connection">Addresses, user, password, TLS.</param>
    /// <param name="options">At least <see cref="RedisIdentityOptions.KeyPrefix"/> must be set.</param>
    /// <param name="hooks">The actor system, logs, clock; optional.</param>
    /// <exception cref="RedisIdentityException">An option is out of range.</exception>
    public RedisIdentityStorage(ConfigurationOptions connection, RedisIdentityOptions options, RedisIdentityHooks? hooks = null)
        : this(settings => new RedisConnection(NotNull(connection), settings.Database), options, hooks)
    {
    }

    /// <summary>
    /// With the application's connection, which stays open. It should try to reconnect at least once a second: what runs here must be told to a Redis
    /// that has lost its memory within <see cref="RedisIdentityOptions.SettlingTime"/>.
    /// </summary>
    /// <param name="connection">Open, or opening.</param>
    /// <param name="options">At least <see cref="RedisIdentityOptions.KeyPrefix"/> must be set.</param>
    /// <param name="hooks">The actor system, logs, clock; optional.</param>
    /// <exception cref="RedisIdentityException">An option is out of range.</exception>
    public RedisIdentityStorage(IConnectionMultiplexer connection, RedisIdentityOptions options, RedisIdentityHooks? hooks = null)
        : this(settings => new RedisConnection(NotNull(connection), settings.Database), options, hooks)
    {
    }

    private RedisIdentityStorage(Func<RedisIdentitySettings, RedisConnection> connect, RedisIdentityOptions options, RedisIdentityHooks? hooks)
    {
        ArgumentNullException.ThrowIfNull(options);
        hooks ??= new RedisIdentityHooks();
        _settings = RedisIdentitySettings.From(options);
        _connection = connect(_settings);
        _log = hooks.LoggerFactory?.CreateLogger<RedisIdentityStorage>() ?? Log.CreateLogger<RedisIdentityStorage>();
        _time = hooks.Time;
        _looks = new SemaphoreSlim(_settings.MaxConcurrentLooks);
        _keys = new IdentityKeys(_settings.Prefix);
        _pauses = new Pauses(_settings.FirstPause, _settings.LongestPause, hooks.Chance ?? Chance());
        var runner = new ScriptRunner(_connection, _keys);
        var claims = new Claims(runner, _own, hooks, _log);
        _epochs = new EpochKeeper(runner, _own, claims, _settings, _log);
        _commands = new IdentityCommands(runner, _epochs, _pauses, _time);
        _removal = new MemberRemoval(_commands, _keys, _settings, _log);
        var check = new PlaceCheck(_commands, claims, _own, _removal, _keys, _settings.RemovedMemberTime, _time);
        _watch = new EpochWatch(check, _connection.Name, _settings.CheckInterval, _time, _log);
    }

    /// <summary>
    /// Connects, takes part in the server's epoch, and waits until activations may begin: at once where the cluster is known to this Redis, else for
    /// <see cref="RedisIdentityOptions.SettlingTime"/>.
    /// </summary>
    /// <exception cref="RedisIdentityException">Redis is not there, refused the user, is a read-only replica, or is out of memory.</exception>
    public async Task Init()
    {
        await _connection.OpenAsync().ConfigureAwait(false);
        _watch.Start();
        try
        {
            await WaitUntilSettledAsync().ConfigureAwait(false);
        }
        catch (RedisIdentityException)
        {
            // A start that failed leaves nothing behind that goes on knocking.
            Dispose();
            throw;
        }
    }

    /// <summary>Ends the checks and closes the connection if it is the storage's own. What is stored stays: removing a member is the lookup's decision.</summary>
    public void Dispose()
    {
        _watch.Dispose();
        _connection.Dispose();
    }

    private async Task WaitUntilSettledAsync()
    {
        while (true)
        {
            var (answer, _) = await _commands.RunAsync(IdentityScript.Check, _ => [_keys.Displaced], static _ => [], CancellationToken.None).ConfigureAwait(false);
            if (answer.Milliseconds(1) is var left && left <= TimeSpan.Zero)
            {
                return;
            }

            await Task.Delay(left, _time).ConfigureAwait(false);
        }
    }

    private static T NotNull<T>(T connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection;
    }

    private static Func<double> Chance()
    {
        var random = new Random();
        var gate = new Lock();
        return () =>
        {
            lock (gate)
            {
                return random.NextDouble();
            }
        };
    }
}
