using Microsoft.Extensions.Hosting;
using Proto;
using Proto.DependencyInjection;

namespace Hosting;

/// <summary>
/// The actor's life is the application's: it is there before the web server listens, and is ended in <c>StopAsync</c>, when the node has left and everything
/// that it took in is in a mailbox.
/// </summary>
internal sealed class PorterService(ActorSystem system) : IHostedService
{
    private PID? _porter;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _porter = system.Root.SpawnNamed(system.DI().PropsFor<PorterActor>(), PorterActor.Name);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_porter is not null)
        {
            await system.Root.PoisonAsync(_porter).WaitAsync(cancellationToken);
        }
    }
}
