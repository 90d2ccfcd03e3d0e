namespace Remote.Tests;

/// <summary>The order in which the lines of a recording are replayed.</summary>
internal static class ReplayOrder
{
    /// <summary>
    /// As recorded, except for streams that our node opens because the other node dialled it: see <see cref="Difference.DialsBackLazily"/>.
    /// Their handshake is expected before their first payload, and those without payload are not expected at all.
    /// </summary>
    /// <param name="recording">The recording.</param>
    /// <param name="ours">The nodes that we take the place of.</param>
    /// <param name="ends">Who is at the ends of each stream.</param>
    /// <param name="leftOut">Streams that are not expected for another reason.</param>
    /// <returns>The lines, each with the line before which the test acts: what makes our node send also makes it dial.</returns>
    public static IReadOnlyList<(RecordedEntry Entry, int ActsBefore)> Of(
        Conversation recording, IReadOnlyCollection<string> ours, IReadOnlyDictionary<string, (string Dialler, string Acceptor)> ends, IReadOnlyCollection<string> leftOut)
    {
        List<(RecordedEntry Entry, int ActsBefore)> order = [.. recording.Entries.Where(entry => !leftOut.Contains(entry.Stream)).Select(entry => (entry, entry.Seq))];
        foreach (var (stream, (dialler, acceptor)) in ends)
        {
            if (ours.Contains(dialler) && IsDialBack(recording, ends, stream, dialler, acceptor))
            {
                Defer(order, stream);
            }
        }

        return order;
    }

    private static bool IsDialBack(
        Conversation recording, IReadOnlyDictionary<string, (string Dialler, string Acceptor)> ends, string stream, string dialler, string acceptor) =>
        recording.Entries
            .TakeWhile(entry => entry.Kind != RecordedKind.StreamOpen || entry.Stream != stream)
            .Any(entry => entry.Kind == RecordedKind.StreamOpen && ends[entry.Stream] == (acceptor, dialler));

    private static void Defer(List<(RecordedEntry Entry, int ActsBefore)> order, string stream)
    {
        var opening = order.FindAll(line => line.Entry.Stream == stream && (line.Entry.Kind == RecordedKind.StreamOpen || line.Entry.IsHandshake));
        order.RemoveAll(opening.Contains);
        var first = order.FindIndex(line => line.Entry.Stream == stream && line.Entry is { Kind: RecordedKind.Message, IsRequest: true });
        if (first >= 0)
        {
            order.InsertRange(first, opening.Select(line => (line.Entry, order[first].Entry.Seq)));
        }
        else
        {
            order.RemoveAll(line => line.Entry.Stream == stream);
        }
    }
}
