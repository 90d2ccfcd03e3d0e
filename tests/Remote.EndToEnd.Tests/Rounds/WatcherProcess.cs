using Remote.Actors;

namespace Remote.EndToEnd.Tests;

/// <summary>A watcher that is no actor: it lets every Terminated through, and so shows one that comes twice.</summary>
internal sealed class WatcherProcess : IProcess
{
    private readonly int _number;
    private readonly WatchLedger _ledger;

    private WatcherProcess(int number, WatchLedger ledger)
    {
        _number = number;
        _ledger = ledger;
    }

    public bool IsAlive => true;

    public bool AcceptsRemoteMessages => true;

    public static PID Register(TestCoordinator node, int number, WatchLedger ledger)
    {
        Assert.True(node.ActorSystem.Processes.TryAdd($"watcher{number}", new WatcherProcess(number, ledger), out var pid));
        return pid;
    }

    public static void Watch(TestCoordinator node, PID watcher, PID target) =>
        node.ActorSystem.Processes.Get(target).SendSystemMessage(target, new Watch(watcher));

    public void SendSystemMessage(PID target, SystemMessage message) => _ledger.Told(_number, Assert.IsType<Terminated>(message));

    public void SendUserMessage(PID target, in MessageEnvelope envelope) => throw new NotSupportedException();

    public ValueTask SendUserMessageAsync(PID target, MessageEnvelope envelope, CancellationToken cancellationToken) => throw new NotSupportedException();
}
