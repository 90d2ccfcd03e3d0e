using System.Text.Json.Nodes;

namespace Remote.ClusterNode;

/// <summary>What one subscriber has received. Written by its actor, read by others.</summary>
/// <param name="name">Whose it is.</param>
/// <param name="isSlow">Whether it lags on purpose.</param>
internal sealed class SubscriberLedger(string name, bool isSlow)
{
    private readonly Lock _gate = new();

    // A bit for each number: what a ledger takes must not be taken for what a subscriber costs.
    private ulong[] _numbers = new ulong[16];
    private long _count;
    private long _again;

    public string Name => name;

    public bool IsSlow => isSlow;

    public void Note(long number)
    {
        lock (_gate)
        {
            var place = (int)(number / 64);
            if (place >= _numbers.Length)
            {
                Array.Resize(ref _numbers, Math.Max(place + 1, _numbers.Length * 2));
            }

            var isNew = !Has(number);
            _numbers[place] |= 1UL << (int)(number % 64);
            _count += isNew ? 1 : 0;
            _again += isNew ? 0 : 1;
        }
    }

    /// <summary>How many of the numbers of these ranges it has, how many in all, and how many came again.</summary>
    public JsonNode Report(IReadOnlyList<(long From, long To)> ranges)
    {
        lock (_gate)
        {
            var missing = ranges.Sum(range => Missing(range.From, range.To));
            return new JsonObject { ["name"] = name, ["slow"] = isSlow, ["received"] = _count, ["again"] = _again, ["missing"] = missing };
        }
    }

    private long Missing(long from, long to)
    {
        var missing = 0L;
        for (var number = from; number <= to; number++)
        {
            missing += Has(number) ? 0 : 1;
        }

        return missing;
    }

    private bool Has(long number) => number / 64 < _numbers.Length && (_numbers[number / 64] & (1UL << (int)(number % 64))) != 0;
}
