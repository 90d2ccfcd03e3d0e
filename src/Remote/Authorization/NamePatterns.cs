using System.IO.Enumeration;

namespace Remote;

/// <summary>A list of names, in which <c>*</c> is any number of characters and <c>?</c> one. Immutable.</summary>
internal sealed class NamePatterns(IEnumerable<string> patterns)
{
    private readonly string[] _patterns = [.. patterns];

    public bool IsEmpty => _patterns.Length == 0;

    /// <summary>Whether one of them is meant by the list.</summary>
    public bool Match(ReadOnlySpan<char> name, bool ignoreCase)
    {
        foreach (var pattern in _patterns)
        {
            if (FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
