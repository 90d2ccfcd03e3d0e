using System.Globalization;

namespace Remote;

/// <summary>Text that others have chosen, made fit for a line of a log or for the status of a call.</summary>
internal static class LogText
{
    /// <summary>Characters of one entry. Ours have a few hundred; a name from the network may have millions.</summary>
    internal const int MaxLength = 4096;

    private const int MaxShown = 256;

    /// <summary>
    /// One line of at most <see cref="MaxLength"/> characters: with a line break in its name a peer could write whole entries of its own into
    /// a log, and with escape sequences into the terminal of whoever reads it.
    /// </summary>
    public static string Clean(string text)
    {
        var cut = Cut(text, MaxLength);
        return cut.AsSpan().IndexOfAnyInRange('\0', '\u001F') < 0 && !cut.Any(IsUnfit)
            ? cut
            : string.Create(cut.Length, cut, static (line, source) =>
            {
                for (var i = 0; i < line.Length; i++)
                {
                    line[i] = IsUnfit(source[i]) ? ' ' : source[i];
                }
            });
    }

    /// <summary>The beginning of an id or an address, for the detail of a status: headers have little room.</summary>
    public static string Short(string text) => Cut(text, MaxShown);

    /// <summary>A value of an entry, as text; empty if it has none of that name.</summary>
    /// <param name="name">That of the value.</param>
    /// <param name="values">The state of the entry.</param>
    public static string ValueOf(string name, object? values) =>
        Convert.ToString((values as IReadOnlyList<KeyValuePair<string, object?>>)?.FirstOrDefault(value => value.Key == name).Value, CultureInfo.InvariantCulture) ?? "";

    private static bool IsUnfit(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Cut(string text, int length) =>
        text.Length <= length ? text : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, length)}... ({text.Length} characters)");
}
