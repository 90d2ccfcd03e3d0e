namespace WordCount;

/// <summary>
/// Reads a file once before it is counted, so that a file is counted whole or not at all: a NUL byte may stand at its end.
/// </summary>
internal static class TextProbe
{
    /// <summary>
    /// More than this without one ASCII space, line break or sign is no text: it would be one word that must be held in memory.
    /// </summary>
    public const long LongestStretch = 64 * 1024 * 1024;

    /// <summary>Null for text, else what it is instead.</summary>
    public static async Task<string?> WhyNotTextAsync(Stream file, CancellationToken cancellation = default)
    {
        var buffer = new byte[Chunk.UsualBytes];
        long stretch = 0;
        int read;
        while ((read = await file.ReadAsync(buffer, cancellation)) > 0)
        {
            var block = buffer.AsSpan(0, read);
            if (block.Contains((byte)0))
            {
                return "binary (it has a NUL byte)";
            }

            var separator = block.LastIndexOfAny(WordBoundary.AsciiSeparators);
            stretch = separator < 0 ? stretch + read : read - separator - 1;
            if (stretch > LongestStretch)
            {
                return $"no text ({LongestStretch / (1024 * 1024)} MiB without a space or a line break)";
            }
        }

        return null;
    }
}
