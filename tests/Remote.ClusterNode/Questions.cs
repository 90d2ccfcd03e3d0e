using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Proto.Cluster;
using ProtoCluster = Proto.Cluster.Cluster;

namespace Remote.ClusterNode;

/// <summary>Asks virtual actors, and keeps account of every request: it was answered, or it failed for a reason that is written down.</summary>
internal sealed class Questions(ProtoCluster cluster)
{
    /// <summary>The reason of a request that did not even fail.</summary>
    public const string Hung = "hung";

    // Beyond the time limit that Proto.Cluster was given: a request that does not end by itself.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, long> _failures = new();
    private readonly ConcurrentDictionary<string, long> _members = new();
    private long _asked;
    private long _answered;
    private long _failedTicks;

    public static string Identity(int number) => string.Create(CultureInfo.InvariantCulture, $"order-{number}");

    /// <summary>Asks each identity until it has answered or the time is over.</summary>
    /// <param name="from">The first number.</param>
    /// <param name="count">How many.</param>
    /// <param name="timeout">How long one request may take.</param>
    /// <param name="ceiling">How long to go on asking one that does not answer.</param>
    public async Task<JsonNode> AskAllAsync(int from, int count, TimeSpan timeout, TimeSpan ceiling)
    {
        var since = Stopwatch.GetTimestamp();
        var answered = await Task.WhenAll(Enumerable.Range(from, count).Select(number => AskUntilAnsweredAsync(number, timeout, since, ceiling)));
        return Tally(("seconds", Stopwatch.GetElapsedTime(since).TotalSeconds), ("silent", answered.Count(isAnswered => !isAnswered)));
    }

    /// <summary>Asks identities at random, many at a time, until the token ends it.</summary>
    /// <param name="from">The first number.</param>
    /// <param name="count">How many.</param>
    /// <param name="atOnce">How many requests are out at any time.</param>
    /// <param name="timeout">How long one request may take.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<JsonNode> KeepAskingAsync(int from, int count, int atOnce, TimeSpan timeout, CancellationToken stop)
    {
        var longest = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(seed => Task.Run(() => KeepAskingAsync(new Random(seed), from, count, timeout, stop), CancellationToken.None)));
        return Tally(("longestSeconds", longest.Max().TotalSeconds));
    }

    private async Task<TimeSpan> KeepAskingAsync(Random random, int from, int count, TimeSpan timeout, CancellationToken stop)
    {
        var longest = TimeSpan.Zero;
        while (!stop.IsCancellationRequested)
        {
            var since = Stopwatch.GetTimestamp();
            await AskAsync(from + random.Next(count), timeout);
            var took = Stopwatch.GetElapsedTime(since);
            longest = took > longest ? took : longest;
        }

        return longest;
    }

    private async Task<bool> AskUntilAnsweredAsync(int number, TimeSpan timeout, long since, TimeSpan ceiling)
    {
        while (Stopwatch.GetElapsedTime(since) < ceiling)
        {
            if (await AskAsync(number, timeout))
            {
                return true;
            }
        }

        return false;
    }

    private async Task<bool> AskAsync(int number, TimeSpan timeout)
    {
        Interlocked.Increment(ref _asked);
        var since = Stopwatch.GetTimestamp();
        try
        {
            using var late = new CancellationTokenSource(timeout);
            var request = cluster.RequestAsync<Counted>(Identity(number), CounterActor.Kind, new Ask(), late.Token);
            if (await Task.WhenAny(request, Task.Delay(timeout + Grace)) != request)
            {
                return Failed(Hung, since);
            }

            var answer = await request;
            if (answer is null)
            {
                return Failed("no answer within the time limit", since);
            }

            Interlocked.Increment(ref _answered);
            _members.AddOrUpdate(answer.Member, 1, static (_, count) => count + 1);
            return true;
        }
        catch (Exception exception)
        {
            return Failed($"{exception.GetType().Name}: {exception.Message}", since);
        }
    }

    private bool Failed(string reason, long since)
    {
        Interlocked.Add(ref _failedTicks, Stopwatch.GetElapsedTime(since).Ticks);
        _failures.AddOrUpdate(reason, 1, static (_, count) => count + 1);
        return false;
    }

    private JsonObject Tally(params ReadOnlySpan<(string Name, JsonNode? Value)> more)
    {
        var tally = new JsonObject
        {
            ["asked"] = _asked,
            ["answered"] = _answered,
            ["failures"] = Json(_failures),
            ["secondsFailing"] = TimeSpan.FromTicks(_failedTicks).TotalSeconds,
            ["members"] = Json(_members),
        };
        foreach (var (name, value) in more)
        {
            tally[name] = value;
        }

        return tally;
    }

    private static JsonObject Json(IEnumerable<KeyValuePair<string, long>> counts) => new(counts.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
}
