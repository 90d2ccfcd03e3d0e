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
        : new DeadLetters(
            system,
            new EventPublisher(
                system,
                new ThrottledLog(Proto.Log.CreateLogger("Remote"), new LogLimits(system.Config), TimeProvider.System),
                new InboundOptions().MaxBytesPerNode));

    /// <summary>The log of the node.</summary>
    public ThrottledLog Log => events.Log;

    /// <summary>How many there were.</summary>
    public DeadLetterCounts Counts { get; } = new();

    /// <summary>Why a message to a process that does not exist is a dead letter now.</summary>
    public DeadLetterReason ReasonOfAbsence =>
        system.Shutdown.IsCancellationRequested ? DeadLetterReason.Shutdown : DeadLetterReason.NoSuchProcess;

    /// <summary>
    /// Whether Proto.Cluster asks from here or is asked here. It takes the word that a request came to nothing for the end of the actor that it asked, forgets where that
    /// is, and starts it a second time elsewhere.
    /// </summary>
    public bool IsInCluster => ProtoCluster.Of(system) is not null;

    /// <summary>A message of the application, on its own thread.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="reason">Why it is given up.</param>
    /// <param name="detail">What more there is to say, for people.</param>
    public void PublishHere(in RemoteDelivery delivery, DeadLetterReason reason, string? detail = null) => Bury(delivery, reason, here: true, detail: detail);

    /// <summary>A message that is given up by a loop of ours.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="reason">Why it is given up.</param>
    /// <param name="isAnswered">Whether whoever waits for an answer is told; see <see cref="RepeatedRequests"/>.</param>
    /// <param name="detail">What more there is to say, for people.</param>
    public void Publish(in RemoteDelivery delivery, DeadLetterReason reason, bool isAnswered = true, string? detail = null) =>
        Bury(delivery, reason, here: false, isAnswered, detail);

    /// <summary>A message that came in and has no way on.</summary>
    /// <param name="target">Where it should have gone.</param>
    /// <param name="message">The message.</param>
    /// <param name="sender">Who asked, if anybody.</param>
    /// <param name="header">Its headers.</param>
    /// <param name="reason">Why it is given up.</param>
    /// <param name="size">Bytes on the wire; 0 when it did not come from a peer.</param>
    /// <param name="peer">The peer, as far as it is known.</param>
    public void Publish(
        PID target, object message, PID? sender, MessageHeader? header, DeadLetterReason reason, int size = 0, string? peer = null) =>
        Bury(new RemoteDelivery(target, message, sender, header), reason, here: false, size: size, peer: peer);

    /// <summary>An answer cannot be given to who waits for it, here or elsewhere, which is told so (decision page 0032).</summary>
    /// <param name="request">The request, by the name under which it is found.</param>
    /// <param name="reason">Why not.</param>
    public void LoseAnswer(PID request, DeadLetterReason reason)
    {
        var process = ProtoActorInternals.ProcessOf(system, request);
        if (!IsInCluster && (process is RemoteProcess || RequestNames.IsRequest(process)))
        {
            ProtoActorInternals.SendUserMessage(process, request, DeadLetterResponseExtensions.Make(request, reason));
        }
    }

    /// <summary>Tells a watcher, whose mailbox may throw. Others are still to be told.</summary>
    public void Tell(PID watcher, Terminated terminated)
    {
        try
        {
            ProtoActorInternals.SendSystemMessage(ProtoActorInternals.ProcessOf(system, watcher), watcher, terminated);
        }
        catch (Exception exception)
        {
            Lose(watcher, terminated, exception);
        }
    }

    private void Bury(
        in RemoteDelivery delivery, DeadLetterReason reason, bool here, bool isAnswered = true, string? detail = null, int size = 0, string? peer = null)
    {
        // A message on its way through this node is given up by the thread that reads it.
        size = Math.Max(size, EventPublisher.SizeAtHand);
        if (delivery.Message is Watch { Watcher: { } watcher })
        {
            // It is answered, so it is no dead letter: nobody misses anything.
            Tell(watcher, Terminated.From(delivery.Target, WhyOf(reason)));
            return;
        }

        if (delivery.Message is not SystemMessage or Stop)
        {
            Counts.Count(reason);
            var fact = new RemoteDeadLetterEvent(delivery.Target, delivery.Message, delivery.Sender, delivery.Headers, reason) { Detail = detail };
            if (here && !EventPublisher.IsOnLoop)
            {
                events.PublishHere(fact);
            }
            else if (!TryPublish(fact, size))
            {
                events.Publish(PeerLetter.Shorten(fact, size, peer));
            }
        }

        if (isAnswered && delivery.Sender is { } sender && delivery.Message is not (DeadLetterResponse or Terminated) && !WouldBeMisread(delivery, sender, reason))
        {
            Reply(sender, Answer(delivery, reason), size);
        }
    }

    /// <summary>False when so much of peers' messages waits for handlers that this one must not wait with them.</summary>
    private bool TryPublish(DeadLetterEvent fact, int size)
    {
        if (size == 0)
        {
            events.Publish(fact);
            return true;
        }

        var bytes = PeerLetter.BytesOf(fact, size);
        if (!events.TryHold(bytes))
        {
            return false;
        }

        events.Publish(fact, bytes);
        return true;
    }

    // That a request itself could not be sent, or came too late, says nothing of the actor that was asked (decision page 0032).
    private bool WouldBeMisread(in RemoteDelivery delivery, PID sender, DeadLetterReason reason) =>
        (reason == DeadLetterReason.NotSerializable || reason == DeadLetterReason.TooLarge || reason == DeadLetterReason.InternalError || reason == DeadLetterReason.Expired)
        && (delivery.HasOwnFuture || RequestNames.IsRequest(sender))
        && IsInCluster;

    // Proto.Actor waits for the end of an actor with a pill that has a sender. An actor that goes on is not said to have ended because the
    // pill came too late or found no room: a peer may have written the pill, and in the name of one who watches.
    private static object Answer(in RemoteDelivery delivery, DeadLetterReason reason) => delivery.Message is PoisonPill && IsEnd(reason)
        ? Terminated.From(delivery.Target, WhyOf(reason))
        : DeadLetterResponseExtensions.Make(delivery.Target, reason);

    /// <summary>Whether a reason says that the target has gone, or that its node has; the others say something of the message.</summary>
    private static bool IsEnd(DeadLetterReason reason) =>
        reason == DeadLetterReason.NoSuchProcess || reason == DeadLetterReason.Stopped || reason == DeadLetterReason.Shutdown
        || reason == DeadLetterReason.InvalidAddress || reason == DeadLetterReason.Blocked || reason == DeadLetterReason.EndpointClosed
        || reason == DeadLetterReason.Quarantined || reason == DeadLetterReason.ControlOverflow || reason == DeadLetterReason.DeliveryUnknown
        || reason == DeadLetterReason.IncarnationEnded;

    private static TerminatedReason WhyOf(DeadLetterReason reason) =>
        reason == DeadLetterReason.NoSuchProcess ? TerminatedReason.NotFound
        : reason == DeadLetterReason.Stopped || reason == DeadLetterReason.Shutdown ? TerminatedReason.Stopped
        : TerminatedReason.AddressTerminated;

    /// <summary>
    /// Answers whoever waits for it. Its mailbox may be bounded and full, and block whoever posts to it: the thread may be one that reads a connection or
    /// writes to one, or the sender's own, which would wait for itself. A mailbox of ours takes it as it takes what comes from another node.
    /// </summary>
    private void Reply(PID sender, object answer, int size)
    {
        var process = ProtoActorInternals.ProcessOf(system, sender);
        try
        {
            if (process.GetType() == typeof(ActorProcess) && ProtoActorInternals.MailboxOf((ActorProcess)process) is ICreditedMailbox mailbox)
            {
                mailbox.Post(answer, NoOrigin.Instance, 0);
            }
            else if (ReferenceEquals(process, system.DeadLetter))
            {
                // The sender has gone. Handlers of the application hear of it, and not on this thread, which may be a loop of ours.
                var unheard = Unheard(sender, answer);
                if (!TryPublish(unheard, size))
                {
                    events.Publish(PeerLetter.Shorten(unheard));
                }
            }
            else
            {
                ProtoActorInternals.SendUserMessage(process, sender, answer);
            }
        }
        catch (Exception exception)
        {
            Lose(sender, answer, exception);
        }
    }

    // Proto.Actor's own event, as its process for dead letters makes it.
    private static DeadLetterEvent Unheard(PID sender, object answer) => new(sender, answer, null);

    /// <summary>A mailbox of the application's own threw: that costs what was to be put into it, and not the loop of ours that came with it.</summary>
    private void Lose(PID target, object message, Exception exception)
    {
        RemoteLog.MailboxFailed(Log, target.Id, message.GetType(), system.Address, exception);
        Counts.Count(DeadLetterReason.MailboxFull);
        events.Publish(new RemoteDeadLetterEvent(target, message, null, null, DeadLetterReason.MailboxFull));
    }
}
