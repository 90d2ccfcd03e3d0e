using System.Text.RegularExpressions;

namespace Remote.Tests.Fuzz;

/// <summary>What became of the frames: how many got past protobuf's own parser, and how often each refusal came up.</summary>
internal sealed partial class FuzzReport
{
    private readonly SortedDictionary<string, long> _kinds = new(StringComparer.Ordinal);

    public long Frames { get; set; }

    public long Parsed { get; set; }

    public long Delivered { get; set; }

    public IReadOnlyDictionary<string, long> Kinds => _kinds;

    /// <summary>A refusal; its text without what is different each time.</summary>
    public void Count(string where, string text)
    {
        var kind = $"{where}: {Varying().Replace(text, "#")}";
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
    }

    public void Add(string kind, long count) => _kinds[kind] = _kinds.GetValueOrDefault(kind) + count;

    // Numbers, and whatever stands in quotes.
    [GeneratedRegex("-?[0-9]+|'[^']*'")]
    private static partial Regex Varying();
}
