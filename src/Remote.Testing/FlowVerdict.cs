using System.Globalization;
using System.Text;

namespace Remote.Testing;

/// <summary>The fate of the messages of one <see cref="MessageFlow"/>.</summary>
/// <param name="Sender">The name of the sender.</param>
/// <param name="Target">The name of the target.</param>
/// <param name="Sent">Messages sent, those withdrawn included.</param>
/// <param name="Delivered">Messages that arrived, each counted once.</param>
/// <param name="Lost">The numbers, from 0 and rising, of messages that neither arrived nor became dead letters.</param>
/// <param name="DeadLetters">Messages that became dead letters, by reason, each counted once.</param>
public sealed record FlowVerdict(
    string Sender, string Target, long Sent, long Delivered, IReadOnlyList<long> Lost, IReadOnlyDictionary<string, long> DeadLetters)
{
    /// <summary>Ranges of lost numbers in the text: enough to see a pattern.</summary>
    private const int MaxRanges = 5;

    /// <summary>Messages that were never sent after all.</summary>
    public long Withdrawn { get; init; }

    /// <summary>Arrivals beyond the first, over all messages.</summary>
    public long Duplicated { get; init; }

    /// <summary>Messages that arrived after one with a higher number.</summary>
    public long Reordered { get; init; }

    /// <summary>Dead letters beyond the first, over all messages.</summary>
    public long DeadTwice { get; init; }

    /// <summary>
    /// Messages with two fates that exclude each other: delivered and dead (but for a reason that leaves this open), or withdrawn and one
    /// of these.
    /// </summary>
    public long Contradicted { get; init; }

    /// <summary>Messages that arrived and are dead letters for a reason that leaves this open.</summary>
    public long Doubtful { get; init; }

    /// <summary>Whether nothing was lost, duplicated, reordered or contradicted.</summary>
    public bool IsClean => Lost.Count == 0 && Duplicated == 0 && Reordered == 0 && DeadTwice == 0 && Contradicted == 0;

    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{Sender} -> {Target}: {Sent} sent, {Delivered} delivered"));
        foreach (var (reason, count) in DeadLetters.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Append(text, count, $"dead by {reason}");
        }

        Append(text, Withdrawn, "withdrawn");
        Append(text, Doubtful, "both, which the reason leaves open");
        Append(text, Lost.Count, "LOST");
        AppendRanges(text);
        Append(text, Duplicated, "DUPLICATED");
        Append(text, Reordered, "REORDERED");
        Append(text, DeadTwice, "DEAD TWICE");
        Append(text, Contradicted, "CONTRADICTED");
        return text.ToString();
    }

    private static void Append(StringBuilder text, long count, string what)
    {
        if (count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", {count} {what}");
        }
    }

    private void AppendRanges(StringBuilder text)
    {
        var ranges = 0;
        for (var i = 0; i < Lost.Count; ranges++)
        {
            var end = i;
            while (end + 1 < Lost.Count && Lost[end + 1] == Lost[end] + 1)
            {
                end++;
            }

            if (ranges < MaxRanges)
            {
                var range = end > i ? $"{Lost[i]}-{Lost[end]}" : $"{Lost[i]}";
                text.Append(ranges == 0 ? " (" : " ").Append(range);
            }

            i = end + 1;
        }

        text.Append(ranges > MaxRanges ? " ...)" : ranges > 0 ? ")" : "");
    }
}
