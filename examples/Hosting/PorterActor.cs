using Microsoft.Extensions.Logging;
using Proto;

namespace Hosting;

/// <summary>An actor with services of the application: the container makes it.</summary>
internal sealed class PorterActor(VisitBook book, ILogger<PorterActor> log) : IActor
{
    /// <summary>The name of the actor of this node, and of the kind that other nodes may spawn here.</summary>
    public const string Name = "porter";

    public Task ReceiveAsync(IContext context)
    {
        if (context.Message is Visit visit)
        {
            var times = book.Enter(visit.Name);
            log.LogDebug("{Name} is here for the {Times}. time", visit.Name, times);
            context.Respond(new Visited(visit.Name, times));
        }

        return Task.CompletedTask;
    }
}
