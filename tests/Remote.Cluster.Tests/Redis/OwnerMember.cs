using System.Collections.Concurrent;
using System.Globalization;
using Proto.Cluster.Identity;
using Remote.Cluster.Redis;
using Remote.Cluster.Tests.Servers;

namespace Remote.Cluster.Tests.Redis;

/// <summary>
/// A member as the storage sees it: owners that look up, lock, dawdle, store, run and remove, all at once over one connection, and write down what they see.
/// It does with failures what Proto.Cluster's placement actor does: tries again, and stops the actor when that does not help.
/// </summary>
internal sealed class OwnerMember(RedisIdentityStorage storage, string id, ActivationHistory history, int identities, Random random) : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, ActivationLife> _running = new();
    private Task _owners = Task.CompletedTask;
    private static int s_pids;

    public string Id => id;

    public RedisIdentityStorage Storage => storage;

    public static async Task<OwnerMember> StartAsync(
        RedisServer server, RedisIdentityOptions options, ActivationHistory history, int identities, int owners, int seed)
    {
        var id = $"m{Guid.NewGuid():N}";
        var storage = await Storages.OpenAsync(server, options);
        var member = new OwnerMember(storage, id, history, identities, new Random(seed));
        member._owners = Task.WhenAll(Enumerable.Range(0, owners).Select(_ => Task.Run(member.OwnAsync)));
        return member;
    }

    /// <summary>Its actors end where they are, and nobody is left to remove them.</summary>
    public async Task<IReadOnlyList<ActivationLife>> KillAsync()
    {
        await LeaveAsync();
        foreach (var life in _running.Values)
        {
            life.Ended = history.Now();
        }

        storage.Dispose();
        return [.. _running.Values];
    }

    /// <summary>Its owners stop, its actors go on.</summary>
    public async Task LeaveAsync()
    {
        await _end.CancelAsync();
        await _owners.WaitAsync(Storages.Ceiling);
    }

    public void Dispose()
    {
        _end.Dispose();
        storage.Dispose();
    }

    private async Task OwnAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                await TurnAsync(Next(identities).ToString(CultureInfo.InvariantCulture));
            }
            catch (RedisIdentityException exception) when (exception.IsRetryable)
            {
                await Task.Delay(20);
            }
        }
    }

    private async Task TurnAsync(string name)
    {
        var identity = Storages.Identity(name);
        var begun = history.Now();
        var found = await storage.TryGetExistingActivation(identity, CancellationToken.None);
        history.Read(name, begun, found?.Pid.Id);
        if (found is not null)
        {
            await EndAsync(name, found);
        }
        else if (await storage.TryAcquireLock(identity, CancellationToken.None) is { } taken)
        {
            await ActivateAsync(name, taken);
        }
        else
        {
            begun = history.Now();
            var awaited = await storage.WaitForActivation(identity, CancellationToken.None);
            if (awaited is not null)
            {
                history.Read(name, begun, awaited.Pid.Id);
            }
        }
    }

    /// <summary>Ours ends now and then. One that does not run, because its owner was never told that it is stored, is removed by whoever meets it: as a dead letter does.</summary>
    private async Task EndAsync(string name, StoredActivation found)
    {
        var life = history.Find(found.Pid.Id)!;
        if (_running.ContainsKey(name) && found.MemberId == id)
        {
            if (Next(3) != 0 || !_running.TryRemove(KeyValuePair.Create(name, life)))
            {
                return;
            }

            life.Ended = history.Now();
        }
        else if (life.Ended is null)
        {
            return;
        }

        await storage.RemoveActivation(Storages.Identity(name), found.Pid, CancellationToken.None);
        life.Removed ??= history.Now();
    }

    private async Task ActivateAsync(string name, SpawnLock taken)
    {
        switch (Next(10))
        {
            case 0:
                return; // The activator died.
            case 1:
                await storage.RemoveLock(taken, CancellationToken.None);
                return;
            case 2:
                await Task.Delay(250); // Longer than the lock.
                break;
        }

        var pid = Interlocked.Increment(ref s_pids).ToString(CultureInfo.InvariantCulture);
        var life = history.Begin(name, pid);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            try
            {
                await storage.StoreActivation(id, taken, Storages.Pid(pid), CancellationToken.None);
                life.Stored = history.Now();
                Assert.True(_running.TryAdd(name, life), $"{name} runs twice on {id}");
                return;
            }
            catch (LockNotFoundException)
            {
                break;
            }
            catch (RedisIdentityException exception) when (exception.IsRetryable)
            {
                await Task.Delay(50);
            }
        }

        life.Ended = history.Now();
    }

    private int Next(int below)
    {
        lock (random)
        {
            return random.Next(below);
        }
    }
}
