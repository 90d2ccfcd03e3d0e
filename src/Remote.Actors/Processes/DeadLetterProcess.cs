using Microsoft.Extensions.Logging;

namespace Remote.Actors;

/// <summary>Where messages end that nobody can take: raises <see cref="DeadLetterEvent"/>, tells the sender, returns credit, logs (throttled).</summary>
/// <remarks>A <see cref="DeadLetterResponse"/> or a <see cref="Terminated"/> is never itself answered. All members are thread-safe.</remarks>
public sealed class DeadLetterProcess : IProcess
{
    /// <summary>The id of the dead-letter process.</summary>
    public const string ProcessId = "$deadletter";

    private readonly ActorSystem _actorSystem;
    private readonly DeadLetterLog _log;
    private long _count;

    internal DeadLetterProcess(ActorSystem actorSystem, ILogger logger)
    {
        _actorSystem = actorSystem;
        _log = new DeadLetterLog(logger, actorSystem.TimeProvider);
    }

    /// <summary>The PID of this process.</summary>
    public PID Pid { get; internal set; } = new("", ProcessId);

    /// <summary>How many messages have ended here.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <inheritdoc/>
    public bool IsAlive => true;

    /// <inheritdoc/>
    public bool AcceptsRemoteMessages => false;

    /// <summary>Turns a user message into a dead letter.</summary>
    /// <param name="target">Where it should have gone.</param>
    /// <param name="envelope">The message.</param>
    /// <param name="reason">Why it could not.</param>
    public void Publish(PID target, in MessageEnvelope envelope, DeadLetterReason reason)
    {
        ArgumentNullException.ThrowIfNull(target);
        Record(target, envelope.Message, envelope.Sender, reason, envelope.Headers);
        envelope.ReportTaken();
        if (envelope.Sender is { } sender && envelope.Message is not (DeadLetterResponse or Terminated))
        {
            var response = new MessageEnvelope(new DeadLetterResponse(target, reason));
            _actorSystem.Processes.Get(sender).SendUserMessage(sender, in response);
        }
    }

    /// <summary>Turns a system message into a dead letter. The watcher of a <see cref="Watch"/> is told that the target has ended.</summary>
    /// <param name="target">Where it should have gone.</param>
    /// <param name="message">The message.</param>
    /// <param name="reason">Why it could not.</param>
    public void Publish(PID target, SystemMessage message, DeadLetterReason reason)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(message);
        if (message is Watch watch)
        {
            // It was answered, so it is no dead letter: nobody misses anything.
            var terminated = new Terminated(target, reason.TerminatedReason);
            _actorSystem.Processes.Get(watch.Watcher).SendSystemMessage(watch.Watcher, terminated);
        }
        else if (message is Stop)
        {
            Record(target, message, null, reason, null);
        }
    }

    void IProcess.SendUserMessage(PID target, in MessageEnvelope envelope) => Publish(target, in envelope, Reason);

    ValueTask IProcess.SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        var reason = Reason;
        Publish(target, in envelope, reason);
        return ValueTask.FromException(new DeadLetterException(target, reason));
    }

    void IProcess.SendSystemMessage(PID target, SystemMessage message) => Publish(target, message, Reason);

    /// <summary>Why what is sent to nobody is a dead letter now.</summary>
    internal DeadLetterReason Reason =>
        _actorSystem.Stopping.IsCancellationRequested ? DeadLetterReason.Shutdown : DeadLetterReason.NoSuchProcess;

    private void Record(PID target, object message, PID? sender, DeadLetterReason reason, MessageHeaders? headers)
    {
        Interlocked.Increment(ref _count);
        if (_actorSystem.EventStream.HasSubscribers)
        {
            _actorSystem.EventStream.Publish(new DeadLetterEvent(target, message, sender, reason, headers));
        }

        _log.Write(target, message, sender, reason);
    }
}
