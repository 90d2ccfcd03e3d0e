using System.Diagnostics.CodeAnalysis;

namespace WordCount;

/// <summary>
/// Who counts which chunk. Pure bookkeeping: it sends nothing, and what it is told it is told by one actor.
/// A chunk is kept until its count has arrived, so that it can be given to another worker when its own is lost.
/// </summary>
/// <param name="window">How many unfinished chunks one worker has at most; together they bound the memory that is used.</param>
internal sealed class ChunkScheduler(int window)
{
    private readonly SortedDictionary<int, Dictionary<long, Chunk>> _unfinished = [];
    private readonly Queue<Chunk> _waiting = [];

    public int Workers => _unfinished.Count;

    /// <summary>Chunks that no worker has at the moment.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>How often a chunk went back because its worker was lost.</summary>
    public int GivenBack { get; private set; }

    public bool IsIdle => _waiting.Count == 0 && _unfinished.Values.All(chunks => chunks.Count == 0);

    /// <summary>How many more chunks the workers could take; negative when a loss left more than they can take.</summary>
    public int Room => _unfinished.Values.Sum(chunks => window - chunks.Count) - _waiting.Count;

    public void AddWorker(int worker) => _unfinished.Add(worker, []);

    /// <summary>False once the worker is lost.</summary>
    public bool Has(int worker) => _unfinished.ContainsKey(worker);

    public int UnfinishedOf(int worker) => _unfinished.TryGetValue(worker, out var chunks) ? chunks.Count : 0;

    public void Enqueue(Chunk chunk) => _waiting.Enqueue(chunk);

    /// <summary>Gives the next waiting chunk to the worker with the fewest; false when nothing waits or every window is full.</summary>
    public bool TryAssign(out int worker, [MaybeNullWhen(false)] out Chunk chunk)
    {
        worker = 0;
        chunk = null;
        if (_waiting.Count == 0 || _unfinished.Count == 0)
        {
            return false;
        }

        var (candidate, chunks) = _unfinished.MinBy(entry => entry.Value.Count);
        if (chunks.Count >= window)
        {
            return false;
        }

        worker = candidate;
        chunk = _waiting.Dequeue();
        chunks.Add(chunk.Id, chunk);
        return true;
    }

    /// <summary>
    /// True when the answer counts: it comes from the worker that has the chunk, for the first time. A worker that was given up
    /// may still answer; its chunks have gone to others by then, and counting both would be wrong.
    /// </summary>
    public bool TryComplete(int worker, long chunkId, [MaybeNullWhen(false)] out Chunk chunk)
    {
        chunk = null;
        return _unfinished.TryGetValue(worker, out var chunks) && chunks.Remove(chunkId, out chunk);
    }

    /// <summary>Takes back what a lost worker has not finished, in the order of reading. False when it was lost before.</summary>
    public bool TryRemoveWorker(int worker, out int givenBack)
    {
        givenBack = 0;
        if (!_unfinished.Remove(worker, out var chunks))
        {
            return false;
        }

        foreach (var chunk in chunks.Values.OrderBy(chunk => chunk.Id))
        {
            _waiting.Enqueue(chunk);
        }

        givenBack = chunks.Count;
        GivenBack += givenBack;
        return true;
    }
}
