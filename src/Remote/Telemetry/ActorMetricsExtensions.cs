using System.Diagnostics;
using Proto;
using Proto.Remote;

namespace Remote;

/// <summary>Metrics of actors, for the props that want them.</summary>
public static class ActorMetricsExtensions
{
    /// <summary>
    /// Props whose actors are measured on nodes with this remoting: how many messages wait in their mailboxes
    /// (<see cref="RemoteTelemetry.MailboxLength"/>, read
    /// when somebody collects), and how long they take over a message (<see cref="RemoteTelemetry.ActorTime"/>). Proto.Actor's own metrics
    /// go on beside it.
    /// </summary>
    /// <remarks>
    /// It is a receiver middleware: with one, Proto.Actor puts each message into an envelope, so that actors for which nanoseconds matter
    /// are better left without. Middleware that is
    /// added later is inside of it, and its time counts.
    /// </remarks>
    /// <param name="props">The props, which are not changed.</param>
    /// <param name="name">
    /// The value of the tag <see cref="RemoteTelemetry.ActorTag"/>, which all actors of these props have in common; a word of the program,
    /// not made of data: each is a series.
    /// </param>
    /// <returns>Props with the measurement.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static Props WithRemoteMetrics(this Props props, string name)
    {
        ArgumentNullException.ThrowIfNull(props);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return props.WithReceiverMiddleware(next => (context, envelope) => Receive(next, context, envelope, name));
    }

    private static Task Receive(Receiver next, IReceiverContext context, Proto.MessageEnvelope envelope, string name)
    {
        if (context.System.Extensions.Get<IRemote>() is not ReliableRemote remote)
        {
            return next(context, envelope);
        }

        if (envelope.Message is Started)
        {
            remote.Actors.Add(context.Self, name);
        }
        else if (envelope.Message is Stopped)
        {
            remote.Actors.Remove(context.Self);
        }
        else if (remote.Histograms.IsOnForActors && envelope.Message is not InfrastructureMessage)
        {
            return MeasureAsync(next, context, envelope, name, remote);
        }

        return next(context, envelope);
    }

    private static async Task MeasureAsync(Receiver next, IReceiverContext context, Proto.MessageEnvelope envelope, string name, ReliableRemote remote)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            await next(context, envelope).ConfigureAwait(false);
        }
        finally
        {
            remote.Histograms.RecordActorTime(name, Stopwatch.GetElapsedTime(began));
        }
    }
}
