using Remote.Actors;

namespace WordCount;

/// <summary>Counts the words of each chunk it is sent. Has no state: every chunk can be counted anywhere.</summary>
internal sealed class CounterActor : IActor
{
    /// <summary>The kind under which every worker offers it.</summary>
    public const string Kind = "counter";

    public Task ReceiveAsync(IContext context)
    {
        if (context.Message is CountChunk request)
        {
            context.Respond(ChunkAnswer.To(request));
        }

        return Task.CompletedTask;
    }
}
