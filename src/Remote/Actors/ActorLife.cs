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

    /// <summary>Publishes a message that the actor cannot take any more; a requester is told.</summary>
    public void Refuse(object message) => ProtoActorInternals.SendUserMessage(_context.System.DeadLetter, _context.Self, message);
}
