namespace WordCount;

/// <summary>What a worker answers to a chunk.</summary>
internal static class ChunkAnswer
{
    public static ChunkCounted To(CountChunk request)
    {
        var counter = new WordCounter();
        counter.Add(request.Text.Span);
        var answer = new ChunkCounted { Worker = request.Worker, Chunk = request.Chunk };
        foreach (var (word, count) in counter.Counts)
        {
            answer.Words.Add(word);
            answer.Counts.Add(count);
        }

        return answer;
    }
}
