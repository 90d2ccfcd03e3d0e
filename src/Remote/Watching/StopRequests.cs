using Proto;

namespace Remote;

/// <summary>
/// Who waits for the end of an actor that it wants to stop. <c>StopAsync</c> and <c>PoisonAsync</c> watch the actor with a request and send a Stop or a
/// pill, which has no sender, behind that: when the one is let in and the other is not, they would wait for ever. One per stream; called by its read
/// loop only.
/// </summary>
internal sealed class StopRequests
{
    // The Stop comes next, or behind those of others who stop actors at the same moment. What is pushed out waits as Proto.Actor does.
    private const int Capacity = 256;

    private readonly Queue<(PID Target, PID Watcher)> _watches = new();

    /// <summary>A watch was let in. Those of actors are not kept: they ask for the end of the actor, and not for an answer.</summary>
    public void Watched(PID target, PID watcher)
    {
        if (watcher.RequestId == 0)
        {
            return;
        }

        if (_watches.Count == Capacity)
        {
            _watches.Dequeue();
        }

        _watches.Enqueue((target, watcher));
    }

    /// <summary>Takes out the request that waits for the end of an actor; <see langword="null"/> when there is none.</summary>
    public PID? Take(PID target)
    {
        PID? watcher = null;
        for (var rest = _watches.Count; rest > 0; rest--)
        {
            var watch = _watches.Dequeue();
            if (watcher is null && watch.Target.Id == target.Id)
            {
                watcher = watch.Watcher;
            }
            else
            {
                _watches.Enqueue(watch);
            }
        }

        return watcher;
    }
}
