using Remote.Testing;

namespace Remote.Actors.Tests;

/// <summary>A parent that spawns children that fail on demand, and watches them.</summary>
internal sealed class Family
{
    private readonly TestSystem _system;
    private int _parents;

    public Family(TestSystem system, SupervisorStrategy? strategy = null, SupervisorStrategy? guardian = null)
    {
        _system = system;
        var props = Props.FromProducer(() => new ParentActor(this, ++_parents));
        props = strategy is null ? props : props.WithChildSupervisorStrategy(strategy);
        Parent = system.Root.SpawnNamed(guardian is null ? props : props.WithGuardianSupervisorStrategy(guardian), "parent");
    }

    public PID Parent { get; }

    public EventProbe Probe { get; } = new();

    public Task<PID> SpawnAsync(string name) => _system.Root.RequestAsync<PID>(Parent, new SpawnChild(name)).Within("the child");

    private sealed record SpawnChild(string Name);

    private sealed class ParentActor(Family family, int instance) : IActor
    {
        public Task ReceiveAsync(IContext context)
        {
            switch (context.Message)
            {
                case SpawnChild spawn:
                    var instances = 0;
                    var child = context.SpawnNamed(Props.FromProducer(() => new Fragile(spawn.Name, ++instances, family.Probe)), spawn.Name);
                    context.Watch(child);
                    context.Respond(child);
                    break;
                case Started:
                    family.Probe.Record(new Born("parent", instance));
                    break;
                case string:
                    context.Respond($"parent {instance}");
                    break;
                case Terminated terminated:
                    family.Probe.Record(terminated);
                    break;
            }

            return Task.CompletedTask;
        }
    }
}

internal sealed record Born(string Name, int Instance);

internal sealed class Boom() : Exception("boom");

/// <summary>Throws exceptions that it is sent, and tells its name and instance when asked.</summary>
internal sealed class Fragile(string name, int instance, EventProbe probe) : IActor
{
    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Started:
                probe.Record(new Born(name, instance));
                break;
            case Exception exception:
                throw exception;
            case string:
                context.Respond($"{name} {instance}");
                break;
        }

        return Task.CompletedTask;
    }
}

/// <summary>Decides nothing, so that a test can.</summary>
internal sealed class HeldStrategy : SupervisorStrategy
{
    private readonly TaskCompletionSource<(ISupervisor, PID)> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<(ISupervisor Supervisor, PID Child)> Asked => _asked.Task;

    public override void HandleFailure(ISupervisor supervisor, PID child, RestartStatistics statistics, Exception reason, object? message) =>
        _asked.TrySetResult((supervisor, child));
}
