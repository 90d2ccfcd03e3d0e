using System.Collections.Concurrent;
using System.Diagnostics;

namespace Remote.Cluster.Tests.Redis;

/// <summary>
/// What owners and readers saw, and whether one order of events explains all of it: an identity runs once at a time, a reader finds nothing that was never
/// stored or is removed, and finds what runs all the while it reads. Each event lies between the beginning and the end of its call, so what may overlap is allowed.
/// </summary>
internal sealed class ActivationHistory(Func<long>? clock = null)
{
    private readonly Func<long> _clock = clock ?? Stopwatch.GetTimestamp;
    private readonly ConcurrentDictionary<string, ActivationLife> _lives = new();
    private readonly ConcurrentBag<(string Identity, long Begun, long Done, string? Pid)> _reads = [];

    public int Stored => _lives.Values.Count(static life => life.Stored is not null);

    public int Reads => _reads.Count;

    public long Now() => _clock();

    /// <summary>PIDs have to be different.</summary>
    public ActivationLife Begin(string identity, string pid)
    {
        var life = new ActivationLife(identity, pid, _clock());
        Assert.True(_lives.TryAdd(pid, life), $"{pid} twice");
        return life;
    }

    public ActivationLife? Find(string pid) => _lives.GetValueOrDefault(pid);

    public void Read(string identity, long begun, string? pid) => _reads.Add((identity, begun, _clock(), pid));

    /// <summary>Everything that no order explains.</summary>
    public IReadOnlyList<string> Contradictions()
    {
        var byIdentity = _lives.Values.GroupBy(static life => life.Identity).ToDictionary(static lives => lives.Key, static lives => lives.ToArray());
        return [.. byIdentity.Values.SelectMany(TwoAtATime), .. _reads.SelectMany(read => Read(read, byIdentity.GetValueOrDefault(read.Identity, [])))];
    }

    private static IEnumerable<string> TwoAtATime(ActivationLife[] lives)
    {
        var running = lives.Where(static life => life.Stored is not null).OrderBy(static life => life.Stored).ToArray();
        for (var at = 1; at < running.Length; at++)
        {
            var (one, next) = (running[at - 1], running[at]);
            if (one.Ended is not { } ended || ended > next.Stored)
            {
                yield return $"{one.Identity}: {next.Pid} was stored while {one.Pid} ran";
            }
        }
    }

    private static IEnumerable<string> Read((string Identity, long Begun, long Done, string? Pid) read, ActivationLife[] lives)
    {
        if (read.Pid is null)
        {
            return lives.Where(life => life.Stored < read.Begun && (life.Ended ?? long.MaxValue) > read.Done)
                .Select(life => $"{read.Identity}: nothing was found while {life.Pid} ran");
        }

        var found = lives.FirstOrDefault(life => life.Pid == read.Pid);
        return found switch
        {
            null => [$"{read.Identity}: {read.Pid} was found and never stored"],
            _ when found.StoreBegun > read.Done => [$"{read.Identity}: {read.Pid} was found before it was stored"],
            _ when found.Removed < read.Begun => [$"{read.Identity}: {read.Pid} was found after it was removed"],
            _ => [],
        };
    }
}
