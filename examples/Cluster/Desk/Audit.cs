namespace OrderCluster;

/// <summary>What stands in the ledgers when nobody writes in them any more.</summary>
/// <param name="Orders">Lines in all ledgers.</param>
/// <param name="Cents">What they are worth.</param>
/// <param name="ByProcess">Lines by the process that wrote them.</param>
/// <param name="Faults">What is wrong, a sentence each.</param>
internal sealed record Audit(int Orders, long Cents, IReadOnlyDictionary<int, int> ByProcess, IReadOnlyList<string> Faults)
{
    private const int MaxNamed = 5;

    public static Audit Of(string folder, OrderStream stream, int orders)
    {
        var lines = Directory.GetFiles(folder).SelectMany(path => Ledger.Read(path).Select(line => (Customer: Path.GetFileNameWithoutExtension(path), line.Number, line.Cents, line.Process))).ToList();
        var found = lines.ToLookup(line => line.Number);
        var all = Enumerable.Range(1, orders).Select(number => (long)number).ToList();
        var faults = new[]
        {
            Name("lost", all.Where(number => !found.Contains(number))),
            Name("booked twice", found.Where(order => order.Count() > 1).Select(order => order.Key)),
            Name("never placed", found.Select(order => order.Key).Where(number => number < 1 || number > orders)),
            Name("booked wrongly", lines.Where(line => line.Customer != stream.CustomerOf(line.Number) || line.Cents != OrderStream.CentsOf(line.Number)).Select(line => line.Number)),
        };
        return new Audit(
            lines.Count, lines.Sum(line => line.Cents), lines.CountBy(line => line.Process).ToDictionary(), [.. faults.OfType<string>()]);
    }

    private static string? Name(string what, IEnumerable<long> numbers)
    {
        var list = numbers.ToList();
        return list.Count == 0 ? null : $"{list.Count} orders {what}: {string.Join(", ", list.Take(MaxNamed))}{(list.Count > MaxNamed ? ", ..." : "")}";
    }
}
