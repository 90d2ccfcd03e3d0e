using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>Where messages end that cannot be delivered: publishes a <see cref="RemoteDeadLetterEvent"/> and tells who waits for an answer.</summary>
/// <remarks>
/// Thread-safe. A <see cref="DeadLetterResponse"/> or a <see cref="Terminated"/> is never itself answered. See
/// <see cref="EventPublisher"/> for where handlers run.
/// </remarks>
internal sealed class DeadLetters(ActorSystem system, EventPublisher events)
{
    /// <summary>Those of a system; of its own where it has no remoting of ours, as in tests of a part.</summary>
    public static DeadLetters Of(ActorSystem system) => system.Extensions.Get<Proto.Remote.IRemote>() is ReliableRemote remote
        ? remote.DeadLetters
        : new DeadLetters(system, new EventPublisher(system, new ThrottledLog(Proto.Log.CreateLogger("Remote"), system.Config, TimeProvider.System)));

    /// <summary>The log of the node.</summary>
    public ThrottledLog Log => events.Log;

    /// <summary>How many there were.</summary>
    public DeadLetterCounts Counts { get; } = new();

    /// <summary>Why a message to a process that does not exist is a dead letter now.</summary>
    public DeadLetterReason ReasonOfAbsence =>
        system.Shutdown.IsCancellationRequested ? DeadLetterReason.Shutdown : DeadLetterReason.NoSuchProcess;

    /// <summary>A message of the application, on its own thread.</summary>
    public void PublishHere(in RemoteDelivery delivery, DeadLetterReason reason) => Bury(delivery, reason, here: true);

    /// <summary>A message that is given up by a loop of ours.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="reason">Why it is given up.</param>
    /// <param name="isAnswered">Whether whoever waits for an answer is told; see <see cref="RepeatedRequests"/>.</param>
    public void Publish(in RemoteDelivery delivery, DeadLetterReason reason, bool isAnswered = true) => Bury(delivery, reason, here: false, isAnswered);

    /// <summary>A message that came in and has no way on.</summary>
    public void Publish(PID target, object message, PID? sender, MessageHeader? header, DeadLetterReason reason) =>
        Bury(new RemoteDelivery(target, message, sender, header), reason, here: false);

    private void Bury(in RemoteDelivery delivery, DeadLetterReason reason, bool here, bool isAnswered = true)
    {
        if (delivery.Message is Watch { Watcher: { } watcher })
        {
            // It is answered, so it is no dead letter: nobody misses anything.
            Tell(watcher, Terminated.From(delivery.Target, WhyOf(reason)));
            return;
        }

        if (delivery.Message is not SystemMessage or Stop)
        {
            Counts.Count(reason);
            var fact = new RemoteDeadLetterEvent(delivery.Target, delivery.Message, delivery.Sender, delivery.Headers, reason);
            if (here)
            {
                events.PublishHere(fact);
            }
            else
            {
                events.Publish(fact);
            }
        }

        if (isAnswered && delivery.Sender is { } sender && delivery.Message is not (DeadLetterResponse or Terminated))
        {
            var process = ProtoActorInternals.ProcessOf(system, sender);
            ProtoActorInternals.SendUserMessage(process, sender, Answer(delivery, reason));
        }
    }

    // Proto.Actor waits for the end of an actor with a pill that has a sender: for it there is no actor any more, unless the pill was not allowed.
    private static object Answer(in RemoteDelivery delivery, DeadLetterReason reason) => delivery.Message is PoisonPill && reason != DeadLetterReason.Forbidden
        ? Terminated.From(delivery.Target, WhyOf(reason))
        : DeadLetterResponseExtensions.Make(delivery.Target, reason);

    private static TerminatedReason WhyOf(DeadLetterReason reason) =>
        reason == DeadLetterReason.NoSuchProcess ? TerminatedReason.NotFound
        : reason == DeadLetterReason.Stopped || reason == DeadLetterReason.Shutdown ? TerminatedReason.Stopped
        : TerminatedReason.AddressTerminated;

    private void Tell(PID watcher, Terminated terminated) =>
        ProtoActorInternals.SendSystemMessage(ProtoActorInternals.ProcessOf(system, watcher), watcher, terminated);
}
