using System.Text.Json.Nodes;

namespace Remote.ClusterNode;

/// <summary>What one subscriber has received. Written by its actor, read by others.</summary>
/// <param name="name">Whose it is.</param>
/// <param name="isSlow">Whether it lags on purpose.</param>
internal sealed class SubscriberLedger(string name, bool isSlow)
{
    private readonly Lock _gate = new();
    private readonly HashSet<long> _numbers = [];
    private long _again;

    public string Name => name;

    public bool IsSlow => isSlow;

    public void Note(long number)
    {
        lock (_gate)
        {
            _again += _numbers.Add(number) ? 0 : 1;
        }
    }

    /// <summary>How many of the numbers of these ranges it has, how many in all, and how many came again.</summary>
    public JsonNode Report(IReadOnlyList<(long From, long To)> ranges)
    {
        lock (_gate)
        {
            var missing = ranges.Sum(range => Missing(range.From, range.To));
            return new JsonObject { ["name"] = name, ["slow"] = isSlow, ["received"] = _numbers.Count, ["again"] = _again, ["missing"] = missing };
        }
    }

    private long Missing(long from, long to)
    {
        var missing = 0L;
        for (var number = from; number <= to; number++)
        {
            missing += _numbers.Contains(number) ? 0 : 1;
        }

        return missing;
    }
}
