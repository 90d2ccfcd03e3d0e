namespace Remote.Actors;

/// <summary>The context for code outside actors. Immutable and thread-safe.</summary>
public interface IRootContext : ISenderContext, ISpawnerContext, IStopperContext
{
    /// <summary>A copy that adds these headers to everything it sends.</summary>
    /// <param name="headers">The headers.</param>
    IRootContext WithHeaders(MessageHeaders headers);

    /// <summary>A copy whose messages go through these steps; the first one is the outermost.</summary>
    /// <param name="middleware">The steps.</param>
    IRootContext WithSenderMiddleware(params Func<Sender, Sender>[] middleware);
}
