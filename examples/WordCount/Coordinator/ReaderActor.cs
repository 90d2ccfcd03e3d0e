using Proto;

namespace WordCount;

/// <summary>Reads the files, one chunk per request: no more is read than its coordinator has room for.</summary>
internal sealed class ReaderActor(IReadOnlyList<FoundFile> files) : IActor
{
    private readonly IAsyncEnumerator<CorpusItem> _items = CorpusReader.ReadAsync(files).GetAsyncEnumerator();

    public Task ReceiveAsync(IContext context) => context.Message switch
    {
        ReadNextChunk => ReadNextChunkAsync(context),
        Stopped => _items.DisposeAsync().AsTask(),
        _ => Task.CompletedTask,
    };

    private async Task ReadNextChunkAsync(IContext context)
    {
        try
        {
            while (await _items.MoveNextAsync())
            {
                context.Respond(_items.Current);
                if (_items.Current is Chunk)
                {
                    return;
                }
            }

            context.Respond(EndOfCorpus.Instance);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            context.Respond(new ReadingFailed(exception.Message));
        }
    }
}
