using System.Globalization;

namespace Remote;

/// <summary>Text that others have chosen, made fit for a line of a log or for the status of a call.</summary>
internal static class LogText
{
    /// <summary>Characters of one entry. Ours have a few hundred; a name from the network may have millions.</summary>
    internal const int MaxLength = 4096;

    /// <summary>
    /// Characters of the detail of a status, ours or a peer's. Ours is a header, which has little room; and what a peer says of a failure,
    /// up to 64 KB, is kept with its address and in every dead letter.
    /// </summary>
    internal const int MaxDetail = 1_024;

    private const int MaxShown = 256;

    // What Cut puts behind the text has no more.
    private const int MarkLength = 30;

    /// <summary>
    /// One line of at most <see cref="MaxLength"/> characters: with a line break in its name a peer could write whole entries of its own into
    /// a log, and with escape sequences into the terminal of whoever reads it.
    /// </summary>
    public static string Clean(string text) => OneLine(Cut(text, MaxLength));

    /// <summary>
    /// At most <see cref="MaxDetail"/> characters, the word about the rest among them: a detail of a detail is the same. What is kept is as it was
    /// said, line breaks too; logs clean it themselves.
    /// </summary>
    public static string Detail(string text) => text.Length <= MaxDetail ? text : Cut(text, MaxDetail - MarkLength);

    /// <summary>The beginning of an id or an address, for the detail of a status: headers have little room.</summary>
    public static string Short(string text) => Cut(text, MaxShown);

    /// <summary>A value of an entry, as text; empty if it has none of that name.</summary>
    /// <param name="name">That of the value.</param>
    /// <param name="values">The state of the entry.</param>
    public static string ValueOf(string name, object? values) =>
        Convert.ToString((values as IReadOnlyList<KeyValuePair<string, object?>>)?.FirstOrDefault(value => value.Key == name).Value, CultureInfo.InvariantCulture) ?? "";

    private static string OneLine(string text) => text.AsSpan().IndexOfAnyInRange('\0', '\u001F') < 0 && !text.Any(IsUnfit)
        ? text
        : string.Create(text.Length, text, static (line, source) =>
        {
            for (var i = 0; i < line.Length; i++)
            {
                line[i] = IsUnfit(source[i]) ? ' ' : source[i];
            }
        });

    private static bool IsUnfit(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Cut(string text, int length) =>
        text.Length <= length ? text : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, length)}... ({text.Length} characters)");
}
