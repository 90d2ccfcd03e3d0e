using Remote.Actors;

namespace Remote;

/// <summary>Stands for every process of another node once this node has begun to shut down and has no endpoint there.</summary>
internal sealed class StoppedNodeProcess(NodeContext context) : IProcess
{
    // Looked up again each time: another node may start on the same actor system.
    public bool IsAlive => false;

    public bool AcceptsRemoteMessages => true;

    public void SendUserMessage(PID target, in MessageEnvelope envelope) =>
        context.ActorSystem.DeadLetters.Publish(target, envelope, DeadLetterReason.Shutdown);

    public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        SendUserMessage(target, envelope);
        return ValueTask.FromException(NotRunning(context.Address, target.Address));
    }

    public void SendSystemMessage(PID target, SystemMessage message)
    {
        if (message is Watch watch)
        {
            // It is this node that has gone; nothing is known of the other one.
            var watcher = context.ActorSystem.Processes.Get(watch.Watcher);
            watcher.SendSystemMessage(watch.Watcher, new Terminated(target, TerminatedReason.AddressTerminated));
            return;
        }

        context.ActorSystem.DeadLetters.Publish(target, message, DeadLetterReason.Shutdown);
    }

    public static RemoteException NotRunning(string node, string address) =>
        new(RemoteError.NotRunning, $"The node {node} has shut down, or is about to; nothing goes to {address} any more.") { Address = address };
}
