using System.Globalization;
using System.Text;

namespace Remote.Testing;

/// <summary>The fate of all messages of a <see cref="MessageLedger"/> up to a moment at which nothing was under way any more.</summary>
/// <param name="Flows">Each pair of sender and target.</param>
/// <param name="Foreign">Arrivals and dead letters with a stamp that this ledger never gave out.</param>
public sealed record LedgerVerdict(IReadOnlyList<FlowVerdict> Flows, long Foreign)
{
    /// <summary>Messages sent, those withdrawn left out.</summary>
    public long Sent => Flows.Sum(flow => flow.Sent - flow.Withdrawn);

    /// <summary>Messages that arrived, each counted once.</summary>
    public long Delivered => Flows.Sum(flow => flow.Delivered);

    /// <summary>Messages that neither arrived nor became dead letters.</summary>
    public long Lost => Flows.Sum(flow => flow.Lost.Count);

    /// <summary>Arrivals beyond the first, over all messages.</summary>
    public long Duplicated => Flows.Sum(flow => flow.Duplicated);

    /// <summary>Messages that arrived after a later one of their flow.</summary>
    public long Reordered => Flows.Sum(flow => flow.Reordered);

    /// <summary>Dead letters beyond the first, over all messages.</summary>
    public long DeadTwice => Flows.Sum(flow => flow.DeadTwice);

    /// <summary>See <see cref="FlowVerdict.Contradicted"/>.</summary>
    public long Contradicted => Flows.Sum(flow => flow.Contradicted);

    /// <summary>See <see cref="FlowVerdict.Doubtful"/>.</summary>
    public long Doubtful => Flows.Sum(flow => flow.Doubtful);

    /// <summary>Messages that became dead letters, by reason, each counted once.</summary>
    public IReadOnlyDictionary<string, long> DeadLetters => Flows.SelectMany(flow => flow.DeadLetters)
        .GroupBy(entry => entry.Key, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Sum(entry => entry.Value), StringComparer.Ordinal);

    /// <summary>
    /// Whether nothing was lost, duplicated, reordered, contradicted or foreign: every message was delivered or is one dead letter.
    /// </summary>
    public bool IsClean => Foreign == 0 && Flows.All(flow => flow.IsClean);

    /// <summary>The same for some flows only.</summary>
    /// <param name="predicate">Which.</param>
    public LedgerVerdict Where(Func<FlowVerdict, bool> predicate) => new([.. Flows.Where(predicate)], 0);

    /// <summary>A report for people: totals, then each flow with a fault.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(string.Create(
            CultureInfo.InvariantCulture,
            $"{Sent} sent, {Delivered} delivered, {DeadLetters.Values.Sum()} dead, {Lost} lost, {Duplicated} duplicated, {Reordered} reordered, {DeadTwice} dead twice, {Contradicted} contradicted, {Foreign} foreign."));
        foreach (var (reason, count) in DeadLetters.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  dead by {reason}: {count}");
        }

        foreach (var flow in Flows.Where(flow => !flow.IsClean))
        {
            text.AppendLine().Append("  ").Append(flow);
        }

        return text.ToString();
    }
}
