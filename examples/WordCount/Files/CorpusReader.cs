using System.Runtime.CompilerServices;

namespace WordCount;

/// <summary>Reads files one after the other, as chunks. Holds one chunk at a time, however large the files are.</summary>
internal static class CorpusReader
{
    public static async IAsyncEnumerable<CorpusItem> ReadAsync(
        IReadOnlyList<FoundFile> files, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        long lastId = 0;
        foreach (var file in files)
        {
            var (text, reason) = await OpenAsync(file, cancellation);
            if (text is null)
            {
                yield return new FileSkipped(file.Name, file.Length, reason);
                continue;
            }

            await using (text)
            {
                await foreach (var piece in ChunkSplitter.SplitAsync(text, Chunk.UsualBytes, cancellation))
                {
                    yield return new Chunk(++lastId, piece);
                }

                yield return new FileRead(file.Name, text.Position);
            }
        }
    }

    /// <summary>The file's text from its beginning, or null and the reason why it is not counted.</summary>
    public static async Task<(Stream? Text, string Reason)> OpenAsync(FoundFile file, CancellationToken cancellation = default)
    {
        if (file.Length == 0)
        {
            // Not opened: named pipes look like this too, and opening one waits for a writer.
            return (Stream.Null, "");
        }

        FileStream? stream = null;
        try
        {
            stream = Open(file.Path);
            if (await TextProbe.WhyNotTextAsync(stream, cancellation) is not { } reason)
            {
                stream.Position = 0;
                return (stream, "");
            }

            await stream.DisposeAsync();
            return (null, reason);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            return (null, $"cannot be read: {exception.Message}");
        }
    }

    // Unbuffered, for the callers read whole chunks; others may write to the file or delete it meanwhile.
    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
}
