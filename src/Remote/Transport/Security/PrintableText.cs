namespace Remote;

/// <summary>Makes text that a stranger has chosen fit for a log: it has one line, no control characters, and an end.</summary>
internal static class PrintableText
{
    public const int MaxLength = 300;

    public static string Of(string text)
    {
        var cut = text.Length > MaxLength ? text[..MaxLength] : text;
        return string.Create(cut.Length, cut, static (printable, text) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                printable[i] = text[i] is >= ' ' and <= '~' ? text[i] : '?';
            }
        });
    }
}
