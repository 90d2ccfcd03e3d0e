using Tracing.Collector;

namespace Tracing;

/// <summary>The spans of one trace, each below its parent.</summary>
internal static class TraceTree
{
    /// <summary>One line a span: its depth in blanks, its process, its name and what kind it is.</summary>
    public static IReadOnlyList<string> Lines(IReadOnlyCollection<CollectedSpan> spans)
    {
        var ids = spans.Select(static span => span.Id).ToHashSet(StringComparer.Ordinal);
        var children = spans.ToLookup(span => ids.Contains(span.ParentId) ? span.ParentId : "", StringComparer.Ordinal);
        var lines = new List<string>();
        Add("", 0);
        return lines;

        void Add(string parent, int depth)
        {
            foreach (var span in children[parent].OrderBy(static span => span.Start))
            {
                lines.Add($"{new string(' ', depth * 2)}{span.Service} {span.Name} ({span.Kind.ToString().ToLowerInvariant()})");
                Add(span.Id, depth + 1);
            }
        }
    }
}
