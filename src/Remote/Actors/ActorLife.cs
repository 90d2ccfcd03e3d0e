using Proto;
using Proto.Mailbox;

namespace Remote;

/// <summary>Tells a mailbox when its actor has ended, which Proto.Actor tells nobody.</summary>
/// <remarks>
/// An actor that ends is taken out of the registry before anything else happens. That is the only trace: a mailbox which was suspended by a
/// failure stays suspended when the supervisor stops its actor, and what lies in it would wait for ever.
/// </remarks>
internal sealed class ActorLife
{
    private readonly IContext _context;
    private readonly PID _name;
    private readonly Process _process;

    private ActorLife(IContext context, PID name, Process process)
    {
        _context = context;
        _name = name;
        _process = process;
    }

    public bool HasEnded { get; private set; }

    /// <summary>Null for an invoker that is not an actor's context, or whose process is not in the registry: its end cannot be seen.</summary>
    public static ActorLife? Of(IMessageInvoker invoker)
    {
        if (invoker is not IContext context)
        {
            return null;
        }

        // The host "nonhost" leads to the registry of this node, whatever address the node has by then.
        var name = new PID(ActorSystem.NoHost, context.Self.Id);
        var process = context.System.ProcessRegistry.Get(name);
        return ReferenceEquals(process, context.System.DeadLetter) ? null : new ActorLife(context, name, process);
    }

    /// <summary>To be asked after each system message; looks only after those in which an actor may end.</summary>
    /// <returns>True once: when the end is seen.</returns>
    public bool EndedWith(SystemMessage message)
    {
        if (HasEnded || message is not (Stop or Terminated))
        {
            return false;
        }

        // Another process under the same name is a successor.
        HasEnded = !ReferenceEquals(_context.System.ProcessRegistry.Get(_name), _process);
        return HasEnded;
    }

    /// <summary>Whether the deadline of a message is over. Without headers, which is nearly always, that is a look at its type.</summary>
    public bool IsExpired(object message) =>
        message is MessageEnvelope { Header: { Count: > 0 } header } && MessageDeadline.IsOver(header, MessageDeadline.ClockOf(_context.System));

    /// <summary>Publishes a message that the actor does not take; a requester is told.</summary>
    /// <param name="message">The message or its envelope.</param>
    /// <param name="reason">Why not.</param>
    /// <param name="size">Bytes on the wire; 0 for a message of this node.</param>
    public void Refuse(object message, DeadLetterReason reason, int size)
    {
        var (content, sender, header) = MessageEnvelope.Unwrap(message);
        DeadLetters.Of(_context.System).Publish(_context.Self, content, sender, header, reason, size);
    }
}
