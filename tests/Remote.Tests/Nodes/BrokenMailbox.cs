using Proto.Mailbox;

namespace Remote.Tests;

/// <summary>Throws at everybody who posts to it.</summary>
internal sealed class BrokenMailbox : IMailbox
{
    public int UserMessageCount => 0;

    public void PostUserMessage(object msg) => throw new InvalidOperationException("This mailbox is broken.");

    public void PostSystemMessage(object msg)
    {
        // Its actor lives, and is never told.
    }

    public void RegisterHandlers(IMessageInvoker invoker, IDispatcher dispatcher)
    {
        // It never invokes anything.
    }

    public void Start()
    {
        // Nor does it begin to.
    }
}
