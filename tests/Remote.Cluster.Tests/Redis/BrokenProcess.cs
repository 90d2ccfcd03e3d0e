using Proto;
using Proto.Mailbox;

namespace Remote.Cluster.Tests.Redis;

/// <summary>Throws at whatever it is sent, as a mailbox of an application's own may.</summary>
internal sealed class BrokenProcess(ActorSystem system) : Process(system)
{
    protected override void SendUserMessage(PID pid, object message) => throw new InvalidOperationException("The process is broken.");

    protected override void SendSystemMessage(PID pid, SystemMessage message) => throw new InvalidOperationException("The process is broken.");
}
