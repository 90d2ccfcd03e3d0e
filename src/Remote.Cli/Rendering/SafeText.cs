using System.Globalization;

namespace Remote.Cli;

/// <summary>Text from a node, fit for a terminal: whoever chose it may have put control sequences into it.</summary>
internal static class SafeText
{
    public static string Of(string text) => text.Any(IsUnsafe)
        ? string.Create(text.Length, text, static (safe, text) =>
        {
            for (var i = 0; i < safe.Length; i++)
            {
                safe[i] = IsUnsafe(text[i]) ? (char.IsWhiteSpace(text[i]) ? ' ' : '?') : text[i];
            }
        })
        : text;

    /// <summary>Not longer than so many characters; the last one says that something is missing.</summary>
    public static string Cut(string text, int width) => text.Length <= width ? text : width <= 1 ? text[..Math.Max(width, 0)] : $"{text[..(width - 1)]}~";

    // Format characters turn the direction of what follows.
    private static bool IsUnsafe(char sign) => char.IsControl(sign) || char.GetUnicodeCategory(sign) is UnicodeCategory.Format or UnicodeCategory.LineSeparator;
}
