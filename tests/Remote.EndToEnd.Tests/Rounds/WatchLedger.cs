using Proto;

namespace Remote.EndToEnd.Tests;

/// <summary>What the watchers of a round are told, and whether it is what they must be told. Thread-safe.</summary>
internal sealed class WatchLedger
{
    private const int PairsInMessage = 10;

    private readonly Lock _gate = new();
    private readonly Dictionary<Pair, List<TerminatedReason>> _told = [];
    private int _count;
    private int _awaitedCount = int.MaxValue;
    private TaskCompletionSource _awaited = new();

    /// <summary>A watcher, and the id of what it watches.</summary>
    internal readonly record struct Pair(int Watcher, string Target);

    public void Told(int watcher, Terminated ended)
    {
        lock (_gate)
        {
            var pair = new Pair(watcher, ended.Who.Id);
            if (!_told.TryGetValue(pair, out var reasons))
            {
                _told[pair] = reasons = [];
            }

            reasons.Add(ended.Why);
            if (++_count >= _awaitedCount)
            {
                _awaited.TrySetResult();
            }
        }
    }

    /// <summary>A round begins: what was told is forgotten.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _told.Clear();
            _count = 0;
        }
    }

    /// <summary>Waits until as many were told as there are expected, then compares: one each, with a reason that is allowed, and no other.</summary>
    /// <param name="phase">What the message of a failure says.</param>
    /// <param name="expected">All of the round so far.</param>
    public async Task ExpectAsync(string phase, IReadOnlyDictionary<Pair, TerminatedReason[]> expected)
    {
        try
        {
            await WhenToldAsync(expected.Count).WaitAsync(Waiting.Ceiling);
        }
        catch (TimeoutException)
        {
            // Compared all the same: it says which are missing.
        }

        lock (_gate)
        {
            var faults = expected.Where(pair => !_told.ContainsKey(pair.Key)).Select(pair => $"{pair.Key} was not told")
                .Concat(_told.Where(told => !expected.ContainsKey(told.Key)).Select(told => $"{told.Key} was told {string.Join(", ", told.Value)} and must not be"))
                .Concat(_told.Where(told => expected.TryGetValue(told.Key, out var allowed) && (told.Value.Count > 1 || !allowed.Contains(told.Value[0])))
                    .Select(told => $"{told.Key} was told {string.Join(", ", told.Value)}; expected one of {string.Join(", ", expected[told.Key])}, once"))
                .ToArray();
            Assert.True(faults.Length == 0, $"{phase}: of {expected.Count} watches {faults.Length} are wrong:\n{string.Join('\n', faults.Take(PairsInMessage))}");
        }
    }

    private Task WhenToldAsync(int count)
    {
        lock (_gate)
        {
            _awaitedCount = count;
            _awaited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_count >= count)
            {
                _awaited.TrySetResult();
            }

            return _awaited.Task;
        }
    }
}
