using Remote.Actors;

namespace Remote;

/// <summary>Stands for every process of another node once this node has begun to shut down and has no endpoint there.</summary>
internal sealed class StoppedNodeProcess(RemoteNode node) : IProcess
{
    // Looked up again each time: another node may start on the same actor system.
    public bool IsAlive => false;

    public bool AcceptsRemoteMessages => true;

    public void SendUserMessage(PID target, in MessageEnvelope envelope) =>
        node.ActorSystem.DeadLetters.Publish(target, envelope, DeadLetterReason.Shutdown);

    public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        SendUserMessage(target, envelope);
        return ValueTask.FromException(NotRunning(node, target.Address));
    }

    public void SendSystemMessage(PID target, SystemMessage message)
    {
        if (message is Watch watch)
        {
            // This node has gone; of the other one nothing is known.
            var watcher = node.ActorSystem.Processes.Get(watch.Watcher);
            watcher.SendSystemMessage(watch.Watcher, new Terminated(target, TerminatedReason.AddressTerminated));
            return;
        }

        node.ActorSystem.DeadLetters.Publish(target, message, DeadLetterReason.Shutdown);
    }

    public static RemoteException NotRunning(RemoteNode node, string address) =>
        new(RemoteError.NotRunning, $"The node {node.Address} has shut down, or is about to; nothing goes to {address} any more.") { Address = address };
}
