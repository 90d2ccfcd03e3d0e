using Proto;
using Proto.Mailbox;

namespace Remote.Tests;

/// <summary>Throws at whatever comes.</summary>
internal sealed class BrokenProcess(ActorSystem system) : Process(system)
{
    protected override void SendUserMessage(PID pid, object message) => throw new InvalidOperationException("This process is broken.");

    protected override void SendSystemMessage(PID pid, SystemMessage message) => throw new InvalidOperationException("This process is broken.");
}
