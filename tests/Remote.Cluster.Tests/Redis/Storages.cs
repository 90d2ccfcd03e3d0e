using System.Diagnostics;
using System.Globalization;
using Proto;
using Proto.Cluster;
using Proto.Cluster.Identity;
using Remote.Cluster.Redis;
using Remote.Cluster.Tests.Servers;
using StackExchange.Redis;

namespace Remote.Cluster.Tests.Redis;

/// <summary>Makes storages as tests need them, and shortens what they say.</summary>
internal static class Storages
{
    public static readonly TimeSpan Ceiling = TimeSpan.FromSeconds(60);

    /// <summary>A cluster that nobody else has.</summary>
    public static string NewCluster() => $"test-{Guid.NewGuid():N}";

    /// <summary>No settling and no protection of young members: what most tests want.</summary>
    public static RedisIdentityOptions Options(string cluster) => new()
    {
        KeyPrefix = cluster,
        SettlingTime = TimeSpan.Zero,
        CheckInterval = TimeSpan.FromMilliseconds(100),
        YoungMemberTime = TimeSpan.Zero,
        LongestPause = TimeSpan.FromMilliseconds(50),
    };

    /// <summary>With a short settling time.</summary>
    public static RedisIdentityOptions Settling(string cluster)
    {
        var options = Options(cluster);
        options.SettlingTime = TimeSpan.FromSeconds(1);
        return options;
    }

    /// <summary>Begins the cluster's first epoch without settling, so that nobody waits for it.</summary>
    public static async Task BeginAsync(RedisServer server, string cluster)
    {
        using var storage = await OpenAsync(server, Options(cluster));
    }

    /// <summary>Reconnects soon.</summary>
    public static ConfigurationOptions Connection(RedisServer server) => new()
    {
        EndPoints = { server.Address },
        HeartbeatInterval = TimeSpan.FromMilliseconds(100),
        ConnectTimeout = 5000,
        ConnectRetry = 1,
    };

    public static async Task<RedisIdentityStorage> OpenAsync(RedisServer server, RedisIdentityOptions options, RedisIdentityHooks? hooks = null)
    {
        var storage = new RedisIdentityStorage(Connection(server), options, hooks);
        await storage.Init().WaitAsync(Ceiling);
        return storage;
    }

    /// <summary>How often a server did what begins so, in scripts too.</summary>
    public static async Task<long> CallsAsync(RedisServer server, string command)
    {
        var settings = Connection(server);
        settings.AllowAdmin = true;
        using var connection = await ConnectionMultiplexer.ConnectAsync(settings);
        var line = (string)(await connection.GetDatabase().ExecuteAsync("INFO", "commandstats"))!;
        return line.Split('\n').Where(one => one.StartsWith($"cmdstat_{command}", StringComparison.Ordinal))
            .Sum(static one => long.Parse(one.Split('=', ',')[1], CultureInfo.InvariantCulture));
    }

    public static ClusterIdentity Identity(string identity) => ClusterIdentity.Create(identity, "order");

    public static PID Pid(string id, string address = "host:1") => PID.FromAddress(address, id);

    public static async Task<SpawnLock> LockAsync(this RedisIdentityStorage storage, ClusterIdentity identity)
    {
        var taken = await storage.TryAcquireLock(identity, CancellationToken.None);
        Assert.NotNull(taken);
        return taken;
    }

    public static async Task<SpawnLock> ActivateAsync(this RedisIdentityStorage storage, ClusterIdentity identity, string member, PID pid)
    {
        var taken = await storage.LockAsync(identity);
        await storage.StoreActivation(member, taken, pid, CancellationToken.None);
        return taken;
    }

    /// <summary>Member and PID, or null.</summary>
    public static async Task<string?> FindAsync(this RedisIdentityStorage storage, ClusterIdentity identity)
    {
        var found = await storage.TryGetExistingActivation(identity, CancellationToken.None);
        return found is null ? null : $"{found.MemberId} {found.Pid.Address}/{found.Pid.Id}";
    }

    /// <summary>Asks again while Redis is away.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isTrue, string phase)
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                if (await isTrue())
                {
                    return;
                }
            }
            catch (RedisIdentityException exception) when (exception.IsRetryable)
            {
                // Not yet.
            }

            Assert.True(started.Elapsed < Ceiling, $"{phase}: not so within {Ceiling}");
            await Task.Delay(20);
        }
    }
}
