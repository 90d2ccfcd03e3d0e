namespace Remote.Cli;

/// <summary>Sentences in lines that fit, broken between words. Pure.</summary>
internal static class TextWrap
{
    private const int Least = 20;

    /// <param name="text">Without line ends.</param>
    /// <param name="width">Of a line; a longer word has a line of its own, for it may be an address that is to be copied.</param>
    public static IEnumerable<string> Lines(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Math.Max(width, Least))
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
