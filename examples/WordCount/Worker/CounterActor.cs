using Proto;

namespace WordCount;

/// <summary>Counts the words of each chunk it is sent. Has no state: every chunk can be counted anywhere.</summary>
internal sealed class CounterActor : IActor
{
    /// <summary>The kind under which every worker offers it.</summary>
    public const string Kind = "counter";

    /// <summary>
    /// How it is made. One that fails is stopped, not restarted: the coordinator sees that and gives its chunks to others, while
    /// a restarted one would stay silent about the chunk that it failed on.
    /// </summary>
    public static readonly Props Props = Props.FromProducer(() => new CounterActor()).WithGuardianSupervisorStrategy(
        new OneForOneStrategy((_, _) => SupervisorDirective.Stop, maxNrOfRetries: 0, withinTimeSpan: null));

    public Task ReceiveAsync(IContext context)
    {
        if (context.Message is CountChunk request)
        {
            context.Respond(ChunkAnswer.To(request));
        }

        return Task.CompletedTask;
    }
}
